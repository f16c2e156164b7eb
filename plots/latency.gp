
# ---- The template: distributions above, exceedance below. It needs what is assigned above. ----

set encoding utf8
face = 'DejaVu Sans'
if (format eq 'png') set terminal pngcairo size 2000,1560 font face . ',11' fontscale 2 linewidth 2 background '#ffffff'
if (format eq 'svg') set terminal svg size 1000,780 font face . ',11' fontscale 1.33 linewidth 1 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo size 10in,7.8in font face . ',11' fontscale 0.72 linewidth 1.5 background '#ffffff'
if (strlen(output) > 0) set output output

array palette[12] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#3aa7e0', '#7a5195', '#555555', \
                     '#8c2d04', '#005a32', '#54278f', '#000000']
colour(i) = palette[1 + (i - 1) % 12]
scale = format eq 'png' ? 2 : 1
ink = '#1a1a1a'; grey = '#707070'; pale = '#e6e6e6'; violet = '#7030a0'
bold(size) = face . ':Bold,' . sprintf('%g', size)
small = face . ',9'

samples_most = 0
do for [i=1:n] { if (samples[i] > samples_most) { samples_most = samples[i] } }
decades = ceil(log10(samples_most))

# Which of two lies left.
first = n == 2 && median[2] < median[1] ? 2 : 1
second = 3 - first

set multiplot
set border 11 lc rgb grey lw 0.8
set tics out nomirror scale 0.6 textcolor rgb ink
set grid xtics ytics lt 1 lc rgb pale lw 0.6
set xrange [0:right]
set logscale y
unset key

title_size = strlen(title) > 75 ? 15 * 75.0 / strlen(title) : 15
set label 1 title at screen 0.095, 0.963 font bold(title_size) textcolor rgb ink
subtitle_size = strlen(subtitle) > 125 ? 10 * 125.0 / strlen(subtitle) : 10
set label 2 subtitle at screen 0.095, 0.932 font face . sprintf(',%g', subtitle_size) textcolor rgb grey

# ---- distributions ----

set lmargin at screen 0.095; set rmargin at screen 0.905
set tmargin at screen 0.895; set bmargin at screen 0.447

# The axis goes up until all of this has room: names and the arrow above the peaks, the table right of them and
# above what is drawn there. Where the table would then lie in the way of the
# arrow's text or of a name, it moves up.
highest = 0
do for [i=1:n] { if (peak[i] > highest) { highest = peak[i] } }
roomy = n == 2 && median[first] / right > 0.0125 * strlen(label[first])
crown = roomy || n != 2 ? 0.07 : 0.14
row_height = 0.062
bottom = 0.4 / samples_most
top_for(share, part) = bottom * (share / bottom) ** (1.0 / part)
table_height = (rows + 1) * row_height + 0.04
table_top = crown > 0.1 ? 0.79 : 0.86
table_floor = table_top - table_height
top = 1.8
do for [pass=1:2] {
    if (behind_table > 0 && top_for(behind_table, table_floor) > top) { top = top_for(behind_table, table_floor) }
    if (top_for(highest, 1 - crown) > top) { top = top_for(highest, 1 - crown) }
    if (n == 2 && table_top < 0.9) {
        arrow_at = log(highest / bottom) / log(top / bottom) + 0.035
        slope = log(shoulder_share[second] / bottom) / log(top / bottom) + 0.05
        meets_arrow = median[second] / right > 0.08 && arrow_at < table_top + 0.04
        meets_name = (shoulder[second] + bin) / right + 0.0125 * strlen(label[second]) > table_left && slope > table_floor
        if (meets_arrow || meets_name) {
            table_top = 0.93
            table_floor = table_top - table_height
            top = top_for(highest, table_floor - crown)
        }
    }
}
set yrange [bottom:top]
height(share) = log(share / bottom) / log(top / bottom) # as a part of the panel

set format x ''
set ytics ('100 %%' 1, '10 %%' 0.1, '1 %%' 0.01, '0.1 %%' 1e-3, '0.01 %%' 1e-4)
do for [k=5:decades] { set ytics add (sprintf('10^{−%d} %%%%', k - 2) 10.0**(-k)) }
set label 3 'share of samples per bin' at screen 0.016, 0.671 center rotate textcolor rgb ink
if (same_samples) {
    set y2range [bottom * samples_most:top * samples_most]
    set logscale y2
    set y2tics ('1' 1, '10' 10, '100' 100) textcolor rgb grey
    do for [k=3:decades] { set y2tics add (sprintf('10^{%d}', k) 10.0**k) }
    set label 4 'samples per bin' at screen 0.985, 0.671 center rotate textcolor rgb grey
}

arrow_at = height(highest) + 0.035

do for [i=1:n] {
    set arrow 10+i from median[i], graph 0 to median[i], graph (n == 2 ? arrow_at : height(peak[i])) nohead \
        lc rgb colour(i) lw 1.3 dt (4,6) front
}
# The left name stands left of its median if there is room, else above the arrow; the right one on its slope.
if (n == 2) {
    offset_text = sprintf('offset of medians to %s  %+.2f µs', label[1], median[2] - median[1])
    if (abs(median[2] - median[1]) > 0.02 * right) {
        set arrow 30 from median[1], graph arrow_at to median[2], graph arrow_at heads filled size screen 0.008,18 \
            lc rgb ink lw 1.2 front
    }
    set label 30 offset_text at median[second], graph arrow_at offset 1,0 font bold(10) textcolor rgb ink front
    if (roomy) {
        set label 31 label[first] at median[first], graph arrow_at + 0.01 right offset -0.8,0 font bold(12) \
            textcolor rgb colour(first) front
    } else {
        set label 31 label[first] at median[first], graph arrow_at + 0.06 left offset -0.6,0 font bold(12) \
            textcolor rgb colour(first) front
    }
    slope = height(shoulder_share[second]) + 0.02
    if (slope > arrow_at - 0.06) { slope = arrow_at - 0.06 }
    set label 32 label[second] at shoulder[second] + bin, graph slope left \
        font bold(12) textcolor rgb colour(second) front
}

# What the largest latencies were; a straggler beyond the edge is told in words.
array level[n]
do for [i=1:n] {
    level[i] = 0.06
    if (beside[i] > 0 && height(beside[i]) + 0.045 > level[i]) { level[i] = height(beside[i]) + 0.045 }
    do for [j=1:i-1] {
        if (abs(maximum[i] - maximum[j]) < 0.1 * right && abs(level[i] - level[j]) < 0.045) { level[i] = level[j] + 0.045 }
        if (maximum[i] > right && maximum[j] > right) { level[i] = level[j] + 0.045 }
    }
    if (maximum[i] > right) {
        set label 40+i sprintf('max %.0f →', maximum[i]) at graph 0.995, graph level[i] right font small textcolor rgb colour(i) front
    } else {
        place = maximum[i] + bin
        if (deadline > place && deadline < place + 0.09 * right) { place = deadline }
        set label 40+i sprintf('max %.1f', maximum[i]) at place, graph level[i] left offset 0.6,0 font small textcolor rgb colour(i) front
    }
}

# The small table.
array stop[columns]
do for [k=1:columns] { stop[k] = 0.985 - (columns - k) * 0.070 }
set label 50 'µs' at graph table_left, graph table_top font small textcolor rgb grey front
do for [k=1:columns] {
    set label 50+k head[k] at graph stop[k], graph table_top right font small textcolor rgb grey front
}
set arrow 50 from graph table_left, graph table_top - 0.026 to graph 0.985, graph table_top - 0.026 nohead lc rgb '#c8c8c8' lw 0.8 front
do for [r=1:rows] {
    y = table_top - r * row_height
    who = n == 1 ? '' : r <= n ? label[r] : 'difference'
    paint = r <= n ? colour(r) : ink
    type = r <= n ? face . ',10' : bold(10)
    set label 100*r who at graph table_left, graph y font type textcolor rgb paint front
    do for [k=1:columns] {
        set label 100*r+k cell[(r-1)*columns+k] at graph stop[k], graph y right font type textcolor rgb paint front
    }
}
# The deadline ends below the table, and below what would be struck through by it or lie under its text.
if (deadline > 0) {
    deadline_text = sprintf('deadline %g µs', deadline)
    deadline_at = deadline / (1.0 * right)
    to_left = deadline_at > 0.87
    text_from = deadline_at - 0.01 - (to_left ? 0.008 * strlen(deadline_text) : 0)
    text_until = deadline_at + 0.01 + (to_left ? 0 : 0.008 * strlen(deadline_text))
    meets(from, until) = text_from < until / right && text_until > from / right
    deadline_top = table_floor
    if (n == 2) {
        if (meets(median[second], median[second] + 0.0105 * strlen(offset_text) * right) && deadline_top > arrow_at - 0.04) {
            deadline_top = arrow_at - 0.04
        }
        if (meets(shoulder[second], shoulder[second] + bin + 0.0125 * strlen(label[second]) * right) && deadline_top > slope - 0.04) {
            deadline_top = slope - 0.04
        }
    }
    set arrow 60 from deadline, graph 0 to deadline, graph deadline_top nohead lc rgb violet lw 1.4 front
    set label 60 deadline_text at deadline, graph deadline_top - 0.035 left offset 0.8,0 font small textcolor rgb violet front
    if (to_left) { set label 60 right offset -0.8,0 }
}

shade = n == 1 ? 0.25 : n == 2 ? 0.22 : 0.10
plot for [i=1:n] $distribution index i-1 using 1:2 with fillsteps fc rgb colour(i) fs transparent solid shade noborder, \
     for [i=1:n] $distribution index i-1 using 1:2 with steps lc rgb colour(i) lw 1.4

# ---- exceedance ----

unset label; unset arrow; unset y2tics
unset logscale y2
set tmargin at screen 0.405; set bmargin at screen 0.085
set format x '%g'
set xlabel 'latency x  (µs)' offset 0,0.3 textcolor rgb ink
set label 3 'P(latency ≥ x)' at screen 0.016, 0.245 center rotate textcolor rgb ink
low = 0.4 / samples_most
set yrange [low:2]
set ytics ('1' 1)
do for [k=1:decades] { set ytics add (sprintf('10^{−%d}', k) 10.0**(-k)) }
if (interval > 0) {
    array often[15] = ['1 ms', '10 ms', '0.1 s', '1 s', '10 s', '1 min', '10 min', '1 h', '10 h', '4 days', '40 days', \
                       '1 year', '100 µs', '10 µs', '']
    array seconds[15] = [1e-3, 1e-2, 0.1, 1, 10, 60, 600, 3600, 36000, 345600, 3456000, 31557600, 1e-4, 1e-5, 1e99]
    set y2range [low:2]
    set logscale y2
    set y2tics ('' 1e-99) textcolor rgb grey
    do for [k=1:14] {
        if (interval / seconds[k] <= 1.01 && interval / seconds[k] >= low) { set y2tics add (often[k] interval / seconds[k]) }
    }
    set label 4 'exceeded once in' at screen 0.985, 0.245 center rotate textcolor rgb grey
}
# The note ends left of the deadline's line where that would strike it through.
bands_end = deadline > (0.975 - 0.0085 * strlen(bands)) * right && deadline < right ? 1.0 * deadline / right - 0.01 : 0.985
set label 1 bands at graph bands_end, graph 0.945 right font small textcolor rgb grey front
if (limit > 0) { set label 3000 'upper limit' at graph 0.985, first limit right offset 0,0.55 font small textcolor rgb grey front }
if (same_samples) {
    set arrow 2 from graph 0, first 1.0 / samples_most to graph 1, first 1.0 / samples_most nohead lc rgb '#c0c0c0' lw 0.8
    set label 2 'one sample' at graph 0.01, first 1.0 / samples_most offset 0,0.55 font small textcolor rgb grey front
}
if (n == 2) {
    name_end = late[first]
    if (deadline < name_end && deadline > name_end - (0.03 + 0.0125 * strlen(label[first])) * right) { name_end = deadline }
    set label 31 label[first] at name_end, first samples_most ** -0.75 right offset -1.5,-0.2 font bold(12) textcolor rgb colour(first) front
    # No room left of a curve that falls near the axis: right of it, where the other one is still high.
    if (name_end / right < 0.03 + 0.0125 * strlen(label[first])) { set label 31 left offset 2.5,0.8 }
    at_label = deadline > early[second] && deadline < early[second] + 0.1 * right ? 2 : 1
    set label 32 label[second] at (at_label == 1 ? early[second] : shoulder[second]), first (at_label == 1 ? samples_most ** -0.5 : 0.1) left offset 1.5,0.6 font bold(12) textcolor rgb colour(second) front
}
do for [i=1:n] {
    if (maximum[i] <= right) {
        set label 40+i '' at maximum[i], first 1.0 / samples[i] point pt 7 ps 0.45*scale lc rgb colour(i) front
    }
}
if (deadline > 0) {
    set arrow 60 from deadline, graph 0 to deadline, graph 1 nohead lc rgb violet lw 1.4 front
    left_side = deadline > 0.64 * right
    do for [i=1:n] {
        set label 60+i miss[i] at deadline, graph 0.80 - 0.075 * (i - 1) left offset (left_side ? -1 : 1),0 font small textcolor rgb colour(i) front
        if (left_side) { set label 60+i right }
        if (miss_at[i] > 0) { set label 80+i '' at deadline, first miss_at[i] point pt 6 ps 0.9*scale lc rgb violet front }
    }
}
plot for [i=1:n] $exceedance index i-1 using 1:3:4 with filledcurves fc rgb colour(i) fs transparent solid 0.22 noborder, \
     for [i=1:n] $limit index i-1 using 1:4 with lines lc rgb colour(i) lw 0.8 dt (16,12), \
     for [i=1:n] $exceedance index i-1 using 1:2 with lines lc rgb colour(i) lw 1.5
unset multiplot
