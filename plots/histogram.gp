
# ---- The template: histograms as the paper has them. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
if (format eq 'png') set terminal pngcairo size 1800,1100 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size 900,550 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size 9in,5.5in font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

array palette[6] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#555555']
colour(i) = palette[1 + (i - 1) % 6]
ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'

most = 0
do for [i=1:n] { if (samples[i] > most) { most = samples[i] } }

set border 3 lc rgb grey lw 0.8
set tics out nomirror scale 0.6 textcolor rgb ink
set grid ytics lt 1 lc rgb pale lw 0.6
set lmargin at screen 0.105; set rmargin at screen 0.97
set tmargin at screen 0.88; set bmargin at screen 0.13
set xrange [0:right]
set xtics 10
set mxtics 2
if (right > 120) { set xtics 20 }
set logscale y
set yrange [0.6:3*most]
set ytics ('1' 1, '10' 10, '100' 100)
do for [k=3:9] { set ytics add (sprintf('10^{%d}', k) 10.0**k) }
set xlabel 'latency  (µs)' offset 0,0.3 textcolor rgb ink
set ylabel 'wake-ups per µs' textcolor rgb ink offset -0.4,0
set label 1 title at screen 0.105, 0.945 font face . ':Bold,15' textcolor rgb ink
unset key

set style textbox 1 opaque fc rgb '#ffffff' noborder margins 0.4,0.4
# The names with what belongs to them stand in the corner where no histogram is.
do for [i=1:n] {
    set label 10+i sprintf('%s', label[i]) at graph 0.985, graph 0.95 - 0.11 * (i - 1) right \
        font face . ':Bold,12' textcolor rgb colour(i) front boxed bs 1
    beyond = maximum[i] > right ? ', beyond the edge' : ''
    set label 20+i sprintf('%d wake-ups, median %.1f µs, maximum %.1f µs%s', samples[i], middle[i], maximum[i], beyond) \
        at graph 0.985, graph 0.90 - 0.11 * (i - 1) right font face . ',9' textcolor rgb grey front boxed bs 1
}

shade = n == 1 ? 0.35 : 0.22
bar(i) = column(2) > 0 ? column(2) : 1e-3
plot for [i=1:n] $histogram index i-1 using 1:(bar(2)) with fillsteps fc rgb colour(i) fs transparent solid shade noborder, \
     for [i=1:n] $histogram index i-1 using 1:(bar(2)) with steps lc rgb colour(i) lw 1.5
