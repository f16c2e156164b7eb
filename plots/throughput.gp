
# ---- The template: one bar for each result, with its interval. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
width = n < 5 ? 640 : 640 + 110 * (n - 4)
if (format eq 'png') set terminal pngcairo size 2*width,1040 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size width,520 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size width/100.0,5.2 font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

array palette[6] = ['#0072b2', '#009e73', '#d55e00', '#cc79a7', '#b8860b', '#555555']
ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'
bold(size) = face . ':Bold,' . sprintf('%g', size)

highest = 0 # high is no less than value
do for [i=1:n] { highest = high[i] > highest ? high[i] : highest }

set lmargin at screen 0.115; set rmargin at screen 0.97
set tmargin at screen 0.845; set bmargin at screen 0.125
title_size = strlen(title) > 48 ? 14 * 48.0 / strlen(title) : 14
set label 1 title at screen 0.115, 0.945 font bold(title_size) textcolor rgb ink
set label 2 subtitle at screen 0.115, 0.895 font face . (strlen(subtitle) > 80 ? ',8' : ',9') textcolor rgb grey

set border 1 lc rgb grey lw 0.8
set tics out nomirror scale 0 textcolor rgb ink
set grid ytics lt 1 lc rgb pale lw 0.8
set xrange [0.4:n + 0.6]
set yrange [0:highest * 1.16]
set format x ''
unset xtics
set ylabel axis offset 0.5,0 textcolor rgb ink
unset key
set style fill solid 1.0 noborder
set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.4,0.2

# The interval of each bar; the name below it, above it what it says, and how much that is of the first.
do for [i=1:n] {
    set arrow i from i, first low[i] to i, first high[i] heads size screen 0.012,90 fixed lc rgb ink lw 1.4 front
    set label 10+i label[i] at i, graph -0.06 center font bold(11) textcolor rgb ink front
    set label 30+i told[i] at i, first high[i] center offset 0,1.75 font bold(12) textcolor rgb ink front boxed
    set label 50+i beside[i] at i, first high[i] center offset 0,0.7 font face . ',9' textcolor rgb grey front boxed
}

plot for [i=1:n] '+' using (i):(value[i]):(0.62) every ::0::0 with boxes fc rgb palette[1 + (tint[i] - 1) % 6]
