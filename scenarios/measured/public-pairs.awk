# Three files in cyclictest's format, a column for each processor: a prediction, what was measured, and what was measured
# before the change. Prints a row of public-pairs.md. Bins are 1 us wide; rivals are the last file as it is, later by shift_us,
# and slower by the factor that moves its median so far; samples of a bin are level in it.

FNR == 1 { file++ }
/^[0-9]/ {
    value = $1 + 0
    for (i = 2; i <= NF; i++) {
        count[file, value] += $i
        total[file] += $i
        if (file == 2) {
            processor[i, value] = $i
            of_processor[i] += $i
            processors = NF
        }
        if ($i + 0 > 0 && value > last)
            last = value
    }
}

function quantile(f, p,    value, sum) {
    for (value = 0; value <= last; value++) {
        sum += count[f, value]
        if (sum >= p * total[f])
            return value
    }
}

# Largest value that occurred.
function most(f,    value) {
    for (value = last; value > 0 && !count[f, value]; value--)
        ;
    return value
}

# Mean distance of two distributions.
function distance(f, g,    value, sum, gap) {
    for (value = 0; value <= last; value++) {
        gap += count[f, value] / total[f] - count[g, value] / total[g]
        sum += gap < 0 ? -gap : gap
    }
    return sum
}

# File to: the last one, every latency times a factor and later.
function change(to, factor, later,    value, at, end, bin, part) {
    for (value = 0; value <= last; value++) {
        if (!count[3, value])
            continue
        at = value * factor + later
        end = (value + 1) * factor + later
        for (bin = int(at); bin < end; bin++) {
            part = (bin + 1 < end ? bin + 1 : end) - (bin > at ? bin : at)
            count[to, bin] += count[3, value] * part / factor
            if (bin > reach)
                reach = bin
        }
    }
    total[to] = total[3]
    if (reach > last)
        last = reach
}

# Each processor against the others together: the mean of the distances.
function between_processors(    i, value, sum, gap) {
    if (processors < 3)
        return -1
    for (i = 2; i <= processors; i++) {
        gap = 0
        for (value = 0; value <= last; value++) {
            gap += processor[i, value] / of_processor[i] - \
                   (count[2, value] - processor[i, value]) / (total[2] - of_processor[i])
            sum += gap < 0 ? -gap : gap
        }
    }
    return sum / (processors - 1)
}

END {
    median = quantile(3, 0.5) + 0.5
    change(4, 1, shift_us)
    change(5, (median + shift_us) / median, 0)
    printf "| %s | %.2f | ", title, distance(1, 2)
    if (distance(2, 3) == 0)
        printf "- | - | - |"
    else if (shift_us == 0)
        printf "%.2f | - | - |", distance(2, 3)
    else
        printf "%.2f | %.2f | %.2f |", distance(2, 3), distance(4, 2), distance(5, 2)
    printf " %.2f |", between_processors()
    printf " %d, %d | %d, %d | %d, %d | %d, %d |\n", quantile(1, 0.5), quantile(2, 0.5), quantile(1, 0.999),
        quantile(2, 0.999), quantile(1, 0.9999), quantile(2, 0.9999), most(1), most(2)
}
