import { html } from "../html.js";
import { useEffect, useRef } from "../vendor/preact/hooks.js";
import uPlot from "../vendor/uplot/uPlot.js";
import { onPreference } from "../preferences.js";
import { number } from "../text/text.js";

const HEIGHT = 190;
const COLORS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"];

function colorOf(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// From the first to the last moment, but so many seconds at least. uPlot would show one moment as a day.
function spanOf(seconds, leastSpan) {
    const last = seconds.at(-1);
    return last === undefined ? null : [Math.min(seconds[0], last - leastSpan), last];
}

function optionsOf({ series, xText, leastSpan, width }) {
    const grid = { stroke: colorOf("--line"), width: 1 };
    const axis = { stroke: colorOf("--quiet"), grid, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    return {
        width,
        height: HEIGHT,
        legend: { show: false },
        tzDate: (moment) => uPlot.tzDate(new Date(moment * 1000), "Etc/GMT-8"), // UTC+8
        cursor: { y: false, points: { size: 6 } },
        scales: {
            x: { time: true, range: (plot, min, max) => spanOf(plot.data[0], leastSpan) ?? [min, max] },
            y: { range: (_, min, max) => [0, max > 0 ? max * 1.15 : 1] },
        },
        axes: [
            { ...axis, space: 80, size: 28, values: (_, splits) => splits.map((split) => xText(split * 1000)) },
            { ...axis, size: 56, values: (_, splits) => splits.map((split) => number(split, 2)) },
        ],
        series: [{}, ...series.map((_, index) => ({
            stroke: colorOf(COLORS[index]), width: 2, points: { show: false }, spanGaps: true,
        }))],
    };
}

// The last value that there is of a series.
function lastOf(values) {
    return values.findLast((value) => value !== null && value !== undefined);
}

function Legend({ series, data, unit }) {
    return html`<ul class="legend">${series.map((label, index) => {
        const last = lastOf(data[index + 1]);
        return html`<li><span class="swatch swatch-${index + 1}" aria-hidden="true"></span>${label}${" "}
            <strong>${last === undefined ? "–" : `${number(last, last < 10 ? 2 : 0)} ${unit}`.trim()}</strong></li>`;
    })}</ul>`;
}

// Lines over time. series: their names, at most four; data: [seconds, values of each]; xText: of an
// instant; leastSpan: seconds that the chart shows at least.
// What the lines show last stands below in words, for those who do not see them.
export function Chart({ title, unit, series, data, xText, leastSpan = 0 }) {
    const place = useRef();
    const plot = useRef();
    const latest = useRef();
    latest.current = data;
    useEffect(() => {
        const element = place.current;
        const draw = () => {
            plot.current?.destroy();
            const options = optionsOf({ series, xText, leastSpan, width: element.clientWidth });
            plot.current = new uPlot(options, latest.current, element);
        };
        draw();
        const observer = new ResizeObserver(() => plot.current.setSize({ width: element.clientWidth, height: HEIGHT }));
        observer.observe(element);
        const endPreference = onPreference(draw);
        return () => {
            observer.disconnect();
            endPreference();
            plot.current.destroy();
        };
    }, [series.join()]);
    useEffect(() => plot.current.setData(data), [data]);
    return html`<figure class="card chart">
        <figcaption>${title}</figcaption>
        <div class="plot" ref=${place} aria-hidden="true"></div>
        <${Legend} series=${series} data=${data} unit=${unit} />
    </figure>`;
}
