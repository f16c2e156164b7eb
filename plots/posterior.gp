
# ---- The template: the posterior of a calibration, each parameter against each. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
if (format eq 'png') set terminal pngcairo size 1600,1600 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size 800,800 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size 8in,8in font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

orange = '#d55e00'; blue = '#0072b2'; ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'
scale = format eq 'png' ? 2 : 1
small = face . ',' . (n > 4 ? '6.5' : '9')
bold = face . ':Bold,' . (n > 4 ? '7' : '10')
tail(path) = strstrt(path, '.') ? tail(path[strstrt(path, '.') + 1 : *]) : path

# Bins begin and end where the central 95 % do, so that what lies outside of them is seen to.
bins = 10
step(i) = high[i] > low[i] ? log(high[i] / low[i]) / bins : 0.01
edge(i, bin) = fmin(fmax(low[i] * exp(bin * step(i)), from[i]), until[i])
fmin(a, b) = a < b ? a : b
fmax(a, b) = a > b ? a : b
do for [i=1:n] {
    eval sprintf("set table $bins%d", i)
    plot $particles using (floor(log(column(i) / low[i]) / step(i) + 1e-6)):(column(n + 1)) smooth frequency
    unset table
}

# Tics as far apart as the range asks for; written on the outer axes only.
wide(i) = until[i] / from[i]
marks(i) = wide(i) <= 1.6 ? '0.7 0.8 0.9 1 1.1 1.2 1.3 1.4' : wide(i) <= 6 ? '0.3 0.5 0.7 1 1.4 2 3' : '0.01 0.03 0.1 0.3 1 3 10 30 100'
tics(i, written) = sum_tics(marks(i), written, 1)
sum_tics(list, written, k) = k > words(list) ? '' : sprintf("%s'%s' %s", k > 1 ? ', ' : '', written ? word(list, k) : '', word(list, k)) . sum_tics(list, written, k + 1)

set multiplot
set border 3 lc rgb grey lw 0.8
set tics out nomirror scale 0.5 font small textcolor rgb ink
set logscale x
unset key
set label 1 title at screen 0.09, 0.965 font face . ':Bold,13' textcolor rgb ink
set label 2 'factors of the values in the scenario; blue: the posterior; grey: its central 95 %; orange: the best' at screen 0.09, 0.93 font face . ',9' textcolor rgb grey
left = 0.12; top = 0.85
side = (top - 0.09 + 0.04) / n
gap = n == 1 ? 0.04 : 0.24 * side

do for [row=1:n] {
    do for [column=1:row] {
        set lmargin at screen left + (column - 1) * side
        set rmargin at screen left + column * side - gap
        set tmargin at screen top - (row - 1) * side
        set bmargin at screen top - row * side + gap
        set xrange [from[column]:until[column]]
        eval 'set xtics (' . tics(column, row == n) . ') nomirror font small textcolor rgb ink'
        set xlabel (row == n ? tail(name[column]) : '') font small textcolor rgb grey offset 0, 0.3
        unset object; unset arrow
        if (row == column) {
            unset logscale y
            set yrange [0:*]
            unset ytics
            set border 1
            set ylabel ''
            set label 3 tail(name[row]) at graph 0.5, graph 1 center offset 0, (known[row] ? 0.8 : 1.5) font bold textcolor rgb ink
            set label 4 known[row] ? '' : 'not determined' at graph 0.5, graph 1 center offset 0, 0.5 font small textcolor rgb orange
            set arrow 1 from best[row], graph 0 to best[row], graph 1 nohead lc rgb orange lw 1.2 front
            set object 1 rectangle from low[row], graph 0 to high[row], graph 1 behind fc rgb pale fs solid noborder
            set style fill solid 1 border rgb 'white'
            eval sprintf("plot $bins%d using (edge(row, $1)):2:(edge(row, $1)):(edge(row, $1 + 1)):(0):2:($1 < 0 || $1 >= bins ? 0x8fbfdd : 0x0072b2) with boxxyerror lc rgb variable lw 0.5", row)
            unset label 3; unset label 4
            set border 3
        } else {
            set logscale y
            eval 'set ytics (' . tics(row, column == 1) . ') nomirror font small textcolor rgb ink'
            set ylabel (column == 1 ? tail(name[row]) : '') font small textcolor rgb grey offset 0.5, 0
            set yrange [from[row]:until[row]]
            set label 3 sprintf('correlation %+.2f', correlation[(row - 1) * n + column]) at graph 1, graph 1 right offset 0, 0.5 font small textcolor rgb grey
            set arrow 1 from best[column], graph 0 to best[column], graph 1 nohead lc rgb orange lw 0.8
            set arrow 2 from graph 0, first best[row] to graph 1, first best[row] nohead lc rgb orange lw 0.8
            plot $particles using (column(column)):(column(row)) with points pt 7 ps 0.35 * scale lc rgb blue
            unset label 3
        }
        unset label 1; unset label 2
    }
}
unset multiplot
