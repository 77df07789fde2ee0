// Reads Prometheus's text format, and what two readings tell: rates and quantiles.

const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

function labelsOf(text) {
    const labels = {};
    for (const [, name, value] of (text ?? "").matchAll(LABEL))
        labels[name] = value.replace(/\\[\\"n]/g, (escaped) => ESCAPED[escaped]);
    return labels;
}

function valueOf(text) {
    if (text === "+Inf") return Infinity;
    if (text === "-Inf") return -Infinity;
    return Number(text);
}

// A map of each metric's name to its samples {labels, value}.
export function parse(text) {
    const metrics = new Map();
    for (const line of text.split("\n")) {
        const match = SAMPLE.exec(line);
        if (match === null) continue;
        const [, name, labels, value] = match;
        if (!metrics.has(name)) metrics.set(name, []);
        metrics.get(name).push({ labels: labelsOf(labels), value: valueOf(value) });
    }
    return metrics;
}

// The samples that have all of these labels.
export function select(metrics, name, labels = {}) {
    const wanted = Object.entries(labels);
    return (metrics.get(name) ?? []).filter((sample) => wanted.every(([label, value]) => sample.labels[label] === value));
}

export function sum(samples) {
    return samples.reduce((total, sample) => total + sample.value, 0);
}

// A map of each value of the label to the sum of its samples.
export function sumBy(samples, label) {
    const sums = new Map();
    for (const { labels, value } of samples)
        sums.set(labels[label], (sums.get(labels[label]) ?? 0) + value);
    return sums;
}

// What the sums have grown by a second, largest first and without those that have not: [[value of the label, rate]].
// A counter that has become smaller has begun anew.
export function ratesBy(earlier, later, seconds) {
    const rates = [...later].map(([key, value]) => {
        const before = earlier.get(key) ?? 0;
        return [key, (value >= before ? value - before : value) / seconds];
    });
    return rates.filter(([, rate]) => rate > 0).sort((one, other) => other[1] - one[1]);
}

// The buckets of a histogram, summed over all other labels: a map of the upper bound to how many are below it.
export function buckets(samples) {
    const byBound = [...sumBy(samples, "le")].map(([bound, n]) => [valueOf(bound), n]);
    return new Map(byBound.sort((one, other) => one[0] - other[0]));
}

// Where the part of what came between two readings lies, 0 to 1; null if nothing came. Within a bucket it is
// interpolated, as Prometheus does; in the last one, which has no bound, it is the bound before.
export function quantile(part, earlier, later) {
    const grown = [...later].map(([bound, n]) => [bound, n - (earlier.get(bound) ?? 0)]);
    const total = grown.at(-1)?.[1] ?? 0;
    if (!(total > 0)) return null;
    const rank = part * total;
    let below = 0, lower = 0;
    for (const [bound, n] of grown) {
        if (n >= rank) {
            if (bound === Infinity) return lower;
            return n === below ? bound : lower + (bound - lower) * (rank - below) / (n - below);
        }
        below = n;
        lower = bound;
    }
    return lower;
}
