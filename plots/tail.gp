
# ---- The template: the law of the tail, measured and predicted. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
if (format eq 'png') set terminal pngcairo size 2000,900 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size 1000,450 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size 10in,4.5in font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

orange = '#d55e00'; ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'
scale = format eq 'png' ? 2 : 1
bold(size) = face . ':Bold,' . sprintf('%g', size)

set multiplot
set border 3 lc rgb grey lw 0.8
set tics out nomirror scale 0.6 textcolor rgb ink
set grid xtics ytics lt 1 lc rgb pale lw 0.6
set bars 0.6
unset key
title_size = strlen(title) > 75 ? 14 * 75.0 / strlen(title) : 14
set label 1 title at screen 0.075, 0.945 font bold(title_size) textcolor rgb ink
set label 2 subtitle at screen 0.075, 0.893 font face . ',10' textcolor rgb grey

# ---- how often a latency is reached, and the law above its threshold ----

set lmargin at screen 0.075; set rmargin at screen 0.525
set tmargin at screen 0.79; set bmargin at screen 0.15
set logscale y
set format y '10^{%L}'
set xlabel quantity . '  (' . unit . ')' offset 0,0.3 textcolor rgb ink
set label 3 'share of samples at or above' at screen 0.012, 0.48 center rotate textcolor rgb ink
set label 4 'measured' at graph 0.97, graph 0.93 right font bold(11) textcolor rgb ink front
set label 5 'predicted' at graph 0.97, graph 0.86 right font bold(11) textcolor rgb orange front
set label 6 'dashed: the laws above p99.9' at graph 0.97, graph 0.79 right font face . ',9' textcolor rgb grey front
set yrange [least:1.5]
set xrange [*:1.6 * largest]
plot $predicted using 1:2 with steps lc rgb orange lw 1.4, \
     $measured using 1:2:3:4 with yerrorbars pt 7 ps 0.3 * scale lc rgb ink lw 0.8, \
     $law_measured using 1:2 with lines dt 2 lc rgb ink lw 1.4, \
     $law_predicted using 1:2 with lines dt 2 lc rgb orange lw 1.4

# ---- the shape by the threshold ----

unset label; unset logscale y
set lmargin at screen 0.63; set rmargin at screen 0.975
set logscale x
set xrange [2e-2:5e-5] reverse
set yrange [*:*]
set format x '%g'
set format y '%g'
set xtics ('p99' 1e-2, 'p99.5' 5e-3, 'p99.8' 2e-3, 'p99.9' 1e-3, 'p99.95' 5e-4, 'p99.98' 2e-4, 'p99.99' 1e-4) rotate by 30 right font face . ',8'
set xlabel 'threshold' offset 0,0.8 textcolor rgb ink
set label 1 'Shape by the threshold, 95 % intervals' at graph 0, graph 1.045 font bold(10) textcolor rgb ink
set label 2 'level: one law holds' at graph 0.97, graph 0.96 right font face . ',9' textcolor rgb grey
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lc rgb grey lw 0.8 back
plot $shapes_measured using ($1 * 1.04):2:3:4 with yerrorbars pt 7 ps 0.6 * scale lc rgb ink lw 1.4, \
     $shapes_predicted using ($1 / 1.04):2:3:4 with yerrorbars pt 7 ps 0.6 * scale lc rgb orange lw 1.4
unset multiplot
