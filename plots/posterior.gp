
# ---- The template: the posterior of a calibration, each parameter against each. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
if (format eq 'png') set terminal pngcairo size 1600,1600 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size 800,800 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size 8in,8in font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

orange = '#d55e00'; blue = '#0072b2'; ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'
scale = format eq 'png' ? 2 : 1
small = face . ',' . (n > 4 ? '7' : '9')
tail(path) = strstrt(path, '.') ? tail(path[strstrt(path, '.') + 1 : *]) : path

set multiplot
set border 3 lc rgb grey lw 0.8
set tics out nomirror scale 0.5 font small textcolor rgb ink
set logscale x
set xtics ('0.5' 0.5, '0.7' 0.7, '1' 1, '1.4' 1.4, '2' 2)
unset key
set label 1 title at screen 0.08, 0.965 font face . ':Bold,13' textcolor rgb ink
set label 2 'factors of the values in the scenario over their ranges; dots: the posterior; orange: the best' at screen 0.08, 0.935 font face . ',9' textcolor rgb grey
side = 0.86 / n
gap = 0.2 * side

do for [row=1:n] {
    do for [column=1:row] {
        set lmargin at screen 0.10 + (column - 1) * side
        set rmargin at screen 0.10 + column * side - gap
        set tmargin at screen 0.90 - (row - 1) * side
        set bmargin at screen 0.90 - row * side + gap
        set xrange [from[column]:until[column]]
        set format x (row == n ? '%h' : '')
        unset object; unset arrow
        if (row == column) {
            unset logscale y
            set yrange [0:*]
            unset ytics
            set border 1
            set xlabel ''
            set label 3 tail(name[row]) at graph 0.5, graph 1.08 center font face . ':Bold,' . (n > 4 ? '7' : '9') textcolor rgb ink
            set label 4 known[row] ? '' : 'not determined' at graph 0.5, graph 0.9 center font small textcolor rgb orange
            set arrow 1 from best[row], graph 0 to best[row], graph 1 nohead lc rgb orange lw 1.2 front
            set object 1 rectangle from low[row], graph 0 to high[row], graph 1 behind fc rgb pale fs solid noborder
            bins = 20
            width = (log(until[row]) - log(from[row])) / bins
            bin(x) = exp(log(from[row]) + width * (floor((log(x) - log(from[row])) / width) + 0.5))
            plot $particles using (bin(column(row))):(column(n + 1)) smooth frequency with impulses lc rgb blue lw 3 * scale
            unset label 3; unset label 4
            set ytics ('0.5' 0.5, '0.7' 0.7, '1' 1, '1.4' 1.4, '2' 2)
            set border 3
        } else {
            set logscale y
            set ytics ('0.5' 0.5, '0.7' 0.7, '1' 1, '1.4' 1.4, '2' 2)
            set yrange [from[row]:until[row]]
            set format y (column == 1 ? '%g' : '')
            set label 3 sprintf('%+.2f', correlation[(row - 1) * n + column]) at graph 0.97, graph 0.93 right font small textcolor rgb grey front
            set arrow 1 from best[column], graph 0 to best[column], graph 1 nohead lc rgb orange lw 0.8
            set arrow 2 from graph 0, first best[row] to graph 1, first best[row] nohead lc rgb orange lw 0.8
            plot $particles using (column(column)):(column(row)) with points pt 7 ps 0.35 * scale lc rgb blue
            unset label 3
        }
        unset label 1; unset label 2
    }
}
unset multiplot
