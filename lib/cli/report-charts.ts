// The pictures of a report, drawn by ECharts without a browser: SVG as text. Colours are variables of the page's style, so that
// one picture serves light and dark.

import { BarChart, HeatmapChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, VisualMapComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Window } from '../config/schema';
import { printTimeOfDay } from '../config/time';
import type { Bar } from '../review/changes';
import type { FleetNumbers } from '../review/groups-in-numbers';
import { number } from '../text';

use([BarChart, HeatmapChart, GridComponent, MarkLineComponent, VisualMapComponent, SVGRenderer]);

/** The widths a picture is drawn for, in CSS pixels: text has one size on a phone and on a screen. */
export const WIDTHS = { wide: 880, narrow: 340 } as const;
export type Width = keyof typeof WIDTHS;

/** Above these, a row for each would be a wall. */
const MOST_BARS = 50;
const MOST_STARTS = 30;
const ROW = 22;
const TEXT = { fontFamily: 'system-ui, sans-serif', fontSize: 12, color: 'var(--text)' };
const LINE = { lineStyle: { color: 'var(--line)' } };
/** Nobody hovers: without this each shape gets a style of its own for it. */
const STILL = { silent: true, emphasis: { disabled: true } };
const AXIS = { silent: true, axisLabel: TEXT, axisLine: LINE, axisTick: LINE, splitLine: LINE, nameTextStyle: TEXT };
/** Labels of axes lie within the picture. */
const INSIDE = { outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' };
/** Steps of fullness, and the colour of each: a share of the limit. */
export const STEPS = [
  { lt: 0.25, label: 'below 25 %', color: 'var(--full-1)' },
  { gte: 0.25, lt: 0.5, label: '25 to 50 %', color: 'var(--full-2)' },
  { gte: 0.5, lt: 0.75, label: '50 to 75 %', color: 'var(--full-3)' },
  { gte: 0.75, lte: 1, label: '75 to 100 %', color: 'var(--full-4)' },
  { gt: 1, label: 'over capacity', color: 'var(--over)' },
];

/** How full each group is: a bar for each, or a square for each where there are many. Against the largest group where there is no capacity. */
export function fullnessChart(numbers: FleetNumbers, width: Width): string {
  const { groups, capacity } = numbers;
  const limit = capacity ?? Math.max(1, ...groups.map(({ rows }) => rows));
  return showsEachGroup(numbers) ? bars() : squares();

  function bars(): string {
    const most = Math.max(limit, ...groups.map(({ rows }) => rows));
    const data = groups.map(({ rows, state }) => ({
      value: rows,
      itemStyle: { color: rows > limit ? 'var(--over)' : state === 'active' ? 'var(--bar)' : 'var(--idle)' },
      label: { formatter: number(rows) },
    }));
    const step = roundStep(most / 4);
    // What stands at the end only touches what stands before it, unless it is a step too.
    const showMaxLabel = most % step === 0;
    return drawn(width, groups.length * ROW + 50, {
      grid: { left: 8, right: 56, top: 8, bottom: 8, ...INSIDE },
      xAxis: {
        type: 'value',
        max: most,
        interval: step,
        ...AXIS,
        axisLabel: { ...TEXT, formatter: short, showMaxLabel },
      },
      yAxis: category(groups.map(({ name }) => name)),
      series: {
        type: 'bar',
        ...STILL,
        data,
        barWidth: '65%',
        label: { show: true, position: 'right', ...TEXT, textBorderColor: 'var(--page)', textBorderWidth: 3 },
        markLine: capacity === undefined ? undefined : lineAt('x', capacity),
      },
    });
  }

  function squares(): string {
    const columns = Math.ceil(Math.sqrt(groups.length * (width === 'wide' ? 3 : 1)));
    const lines = Math.ceil(groups.length / columns);
    const side = (WIDTHS[width] - 16) / columns;
    const hidden = { type: 'category', show: false, silent: true };
    return drawn(width, lines * side + 16, {
      grid: { left: 8, right: 8, top: 8, height: lines * side },
      xAxis: { ...hidden, data: Array.from({ length: columns }, (_, at) => at) },
      yAxis: { ...hidden, inverse: true, data: Array.from({ length: lines }, (_, at) => at) },
      visualMap: { type: 'piecewise', show: false, pieces: STEPS, dimension: 2 },
      series: {
        type: 'heatmap',
        ...STILL,
        data: groups.map(({ rows }, at) => [at % columns, Math.floor(at / columns), rows / limit]),
        itemStyle: { borderColor: 'var(--page)', borderWidth: side > 6 ? 1 : 0 },
      },
    });
  }
}

/** The night from opening to closing: when CronJobs start, how late they may, and how long they may run; where starts are many, how many there are when. */
export function nightChart(night: readonly Bar[], window: Window, width: Width): string {
  const time = (minutes: number) => printTimeOfDay(window.opensAt + minutes);
  const clock = {
    type: 'value',
    min: 0,
    max: window.minutes,
    interval: tick(window.minutes, width),
    ...AXIS,
    axisLabel: { ...TEXT, formatter: time, hideOverlap: true },
  };
  return showsEachStart(night) ? spans() : counts();

  function spans(): string {
    const part = (name: string, color: string, minutes: (bar: Bar) => number) => ({
      type: 'bar',
      ...STILL,
      name,
      stack: 'night',
      data: night.map(minutes),
      itemStyle: { color },
      barWidth: '65%',
    });
    const label = ({ start, count }: Bar) => (count === 1 ? time(start) : `${time(start)} × ${number(count)}`);
    return drawn(width, night.length * ROW + 50, {
      grid: { left: 8, right: 24, top: 8, bottom: 8, ...INSIDE },
      xAxis: clock,
      yAxis: category(night.map(label)),
      series: [
        part('before', 'transparent', ({ start }) => start),
        part('late', 'var(--late)', ({ late }) => late),
        part('runs', 'var(--bar)', ({ minutes }) => minutes),
      ],
    });
  }

  function counts(): string {
    const step = Math.max(1, Math.ceil(window.minutes / (width === 'wide' ? 60 : 30)));
    const starts = Array.from({ length: Math.ceil(window.minutes / step) }, () => 0);
    for (const { start, count } of night)
      starts[Math.floor(start / step)] = (starts[Math.floor(start / step)] ?? 0) + count;
    return drawn(width, 220, {
      grid: { left: 8, right: 24, top: 30, bottom: 8, ...INSIDE },
      // Where starts are few and far between, room for bars as wide as the gaps would be made at both ends.
      xAxis: { ...clock, containShape: false },
      yAxis: {
        type: 'value',
        name: `starts in ${step} min`,
        minInterval: 1,
        ...AXIS,
        nameTextStyle: { ...TEXT, align: 'left' },
      },
      series: {
        type: 'bar',
        ...STILL,
        data: starts.map((count, at) => [(at + 0.5) * step, count]).filter(([, count]) => count !== 0),
        itemStyle: { color: 'var(--bar)' },
        barWidth: Math.max(2, Math.floor((WIDTHS[width] - 100) / starts.length) - 1),
      },
    });
  }
}

/** Whether each group has a bar with its number in {@link fullnessChart}; else a square, by {@link STEPS}. */
export function showsEachGroup({ groups }: FleetNumbers): boolean {
  return groups.length <= MOST_BARS;
}

/** Whether each start has a row of its own in {@link nightChart}. */
export function showsEachStart(night: readonly Bar[]): boolean {
  return night.length <= MOST_STARTS;
}

function drawn(width: Width, height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTHS[width], height: Math.ceil(height) });
  try {
    chart.setOption({ animation: false, backgroundColor: 'transparent', ...option });
    return chart.renderToSVGString();
  } finally {
    // It would keep the process alive.
    chart.dispose();
  }
}

function category(data: string[]) {
  return {
    type: 'category',
    inverse: true,
    data,
    ...AXIS,
    axisLabel: { ...TEXT, interval: 0, width: 150, overflow: 'truncate' },
  };
}

function lineAt(axis: 'x' | 'y', value: number) {
  const lineStyle = { color: 'var(--limit)', type: 'dashed', width: 1.5 };
  return { silent: true, symbol: 'none', label: { show: false }, lineStyle, data: [{ [`${axis}Axis`]: value }] };
}

/** A step of whole hours or parts of one, so that labels do not touch. */
function tick(minutes: number, width: Width): number {
  const most = width === 'wide' ? 10 : 5;
  return [1, 2, 5, 10, 15, 30, 60, 120, 180, 240].find((step) => minutes / step <= most) ?? 360;
}

/** The next of 1, 2, 2.5, 5, 10, 20 … */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, atLeast)));
  return power * ([1, 2, 2.5, 5].find((step) => step * power >= atLeast) ?? 10);
}

/** `1K`, `2.5M`: an axis has little room. */
function short(value: number): string {
  return value.toLocaleString('en', { notation: 'compact' });
}
