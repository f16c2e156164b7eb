
# ---- The template: a prediction beside a measurement. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
if (format eq 'png') set terminal pngcairo size 2000,1180 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size 1000,590 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size 10in,5.9in font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

orange = '#d55e00'; green = '#009e73'; red = '#c00020'; mint = '#dcf2ec'
ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'
scale = format eq 'png' ? 2 : 1
bold(size) = face . ':Bold,' . sprintf('%g', size)
small = face . ',9'
paint(word) = word eq 'pass' ? green : word eq 'fail' ? red : grey

set multiplot
set border 3 lc rgb grey lw 0.8
set tics out nomirror scale 0.6 textcolor rgb ink
set grid xtics ytics lt 1 lc rgb pale lw 0.6
set bars 0.6
set pointintervalbox 0
unset key

title_size = strlen(title) > 75 ? 14 * 75.0 / strlen(title) : 14
set label 1 title at screen 0.098, 0.953 font bold(title_size) textcolor rgb ink
set label 2 subtitle at screen 0.098, 0.910 font face . ',10' textcolor rgb grey

# ---- shares per bin ----

set lmargin at screen 0.098; set rmargin at screen 0.565
set tmargin at screen 0.865; set bmargin at screen 0.40
set xrange [left:right]
set logscale y
bottom = 0.4 / most
set yrange [bottom:peak < 0.4 ? 3 * peak : 2]
set format x ''
set ytics ('100 %%' 1, '10 %%' 0.1, '1 %%' 0.01, '0.1 %%' 1e-3, '0.01 %%' 1e-4)
do for [k=5:ceil(log10(most))] { set ytics add (sprintf('10^{−%d} %%%%', k - 2) 10.0**(-k)) }
set label 3 'share of samples per bin' at screen 0.013, 0.632 center rotate textcolor rgb ink
set label 4 'predicted' at graph 0.97, graph 0.93 right font bold(12) textcolor rgb orange front
set label 5 'measured, 95 % interval' at graph 0.97, graph 0.86 right font bold(10) textcolor rgb ink front
low_end(x) = x > bottom ? x : bottom
plot $shares using 1:2 with fillsteps fc rgb orange fs transparent solid 0.25 noborder, \
     $shares using 1:2 with steps lc rgb orange lw 1.4, \
     $shares using ($1 + bin / 2.0):3:(low_end($4)):5 with yerrorbars pt 7 ps 0.35*scale lc rgb ink lw 1

# ---- measured over predicted ----

unset label
set tmargin at screen 0.355; set bmargin at screen 0.115
set format x '%g'
set xlabel quantity . '  (' . unit . ')' offset 0,0.3 textcolor rgb ink
set yrange [0.4:2.8]
set ytics ('½' 0.5, '0.8' 0.8, '1' 1, '1.25' 1.25, '2' 2)
set label 3 'measured / predicted' at screen 0.013, 0.235 center rotate textcolor rgb ink
set object 1 rectangle from graph 0, first 0.8 to graph 1, first 1.25 behind fc rgb mint fs solid noborder
set label 6 'tolerance ±25 %' at graph 0.01, first 1.38 font small textcolor rgb green front
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb grey lw 1 back
clip(y) = y < 0.4 ? 0.4 : y > 2.8 ? 2.8 : y
known_bin(p) = p > 1e-20
plot $shares using ($1 + bin / 2.0):(known_bin($2) ? clip($3 / $2) : NaN):(clip($4 / $2)):(clip($5 / $2)) \
         with yerrorbars pt 7 ps 0.35*scale lc rgb ink lw 1

# ---- quantile errors ----

unset label; unset arrow; unset object; unset logscale y
set lmargin at screen 0.665; set rmargin at screen 0.975
set tmargin at screen 0.845; set bmargin at screen 0.475
set label 1 'Quantile errors, 95 % intervals of the measured' at graph -0.15, graph 1.06 font bold(9.5) textcolor rgb ink
set xlabel 'predicted − measured  (' . unit . ')' offset 0,0.3 textcolor rgb ink
set border 1
from = error_low; until = error_high
if (from > -1.5 * measured_bin) { from = -1.5 * measured_bin }
if (until < 1.5 * measured_bin) { until = 1.5 * measured_bin }
width = until - from
set xrange [from - 0.05 * width:until + 0.55 * width]
set yrange [known + 0.6:0.4]
set xtics autofreq font small
set format x '%g'
unset ytics
set ytics scale 0 textcolor rgb ink
set ytics () 
set object 1 rectangle from first -measured_bin, graph 0 to first measured_bin, graph 1 behind fc rgb mint fs solid noborder
set label 2 '±1 bin' at first 0, graph 0.035 center font small textcolor rgb green front
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb grey lw 1 back
if (known > 0) {
    plot $quantiles using 2:1:3:4:ytic(5) with xerrorbars pt 7 ps 0.6*scale lc rgb orange lw 1.4, \
         $quantiles using (until + 0.52 * width):1:(stringcolumn(6) . ' vs ' . stringcolumn(7)) with labels right font small textcolor rgb grey
} else {
    set label 3 'too few samples were measured' at graph 0.5, graph 0.5 center textcolor rgb grey
    plot NaN
}

# ---- criteria ----

unset label; unset arrow; unset object; unset border; unset tics; unset xlabel; unset grid
set tmargin at screen 0.37; set bmargin at screen 0.04
set lmargin at screen 0.60; set rmargin at screen 0.985
set xrange [0:1]; set yrange [0:1]
set label 1 'metric' at 0.10, 0.95 font small textcolor rgb grey
set label 2 'value' at 0.43, 0.95 font small textcolor rgb grey
set label 3 'criterion' at 0.79, 0.95 font small textcolor rgb grey
set arrow 1 from 0.10, 0.88 to 1, 0.88 nohead lc rgb '#c8c8c8' lw 0.8
do for [i=1:|verdict|] {
    y = 0.95 - 0.145 * i
    set label 10*i verdict[i] at 0.085, y right font bold(9) textcolor rgb paint(verdict[i])
    set label 10*i+1 metric[i] at 0.10, y font small textcolor rgb ink
    set label 10*i+2 value[i] at 0.43, y font small textcolor rgb ink
    set label 10*i+3 criterion[i] at 0.79, y font small textcolor rgb grey
}
plot NaN
unset multiplot
