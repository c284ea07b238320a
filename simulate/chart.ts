// The picture in docs/scale.md, drawn by ECharts without a browser. Its numbers lie in it, so that a test can tell whether it is of
// this model without simulating all of it again.

import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { number } from '../lib/text';
import type { Night, Refused } from './night';
import { SHAPES, type ShapeName } from './shapes';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** A night as far as it is drawn; without `share`, synth refuses it. */
export interface Point {
  shape: ShapeName;
  groups: number;
  /** Of the groups, done before the window closed. */
  share?: number;
  /** Seconds that the last Job came late. */
  late?: number;
}

const WIDTH = 760;
const HEIGHT = 640;
const TEXT = { fontFamily: 'system-ui, sans-serif', fontSize: 12, color: '#24292f' };
const AXIS = {
  axisLabel: TEXT,
  nameTextStyle: TEXT,
  axisLine: { lineStyle: { color: '#8c959f' } },
  splitLine: { lineStyle: { color: '#d8dee4' } },
};
/** Okabe and Ito's colours, which colour-blind readers can tell apart, and a shape for each. https://jfly.uni-koeln.de/color/ */
const LOOKS: Record<ShapeName, { color: string; symbol: string; width: number }> = {
  minute: { color: '#d55e00', symbol: 'circle', width: 2 },
  spread: { color: '#0072b2', symbol: 'rect', width: 2 },
  waves: { color: '#cc79a7', symbol: 'triangle', width: 2 },
  // Drawn first and broadest: where all go well, its line shows behind the others.
  fold: { color: '#009e73', symbol: 'diamond', width: 6 },
  queue: { color: '#e69f00', symbol: 'roundRect', width: 2 },
  pool: { color: '#56b4e9', symbol: 'emptyCircle', width: 2 },
};
/** A logarithmic axis has no zero: what is quicker is drawn here. */
const LEAST_LATE = 0.1;

export function pointOf(night: Night | Refused): Point {
  const { shape, groups } = night;
  if ('refused' in night) return { shape, groups };
  const share = Math.round((night.outcomes.done / groups) * 10_000) / 10_000;
  return { shape, groups, share, ...(night.skew ? { late: Math.round(night.skew.last * 10) / 10 } : {}) };
}

/** SVG as text; the same points give the same bytes. */
export function scaleChart(points: readonly Point[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({ animation: false, backgroundColor: '#ffffff', ...optionOf(points) });
    // Nobody hovers over a picture in a page, and the numbers of ids count what a process has drawn.
    const svg = chart
      .renderToSVGString()
      .replace(/<style.*?<\/style>\s*/s, '')
      .replaceAll(/ class="[^"]*"/g, '')
      .replaceAll(/zr\d+-/g, 'scale-');
    return `${svg.replace(/<svg[^>]*>/, (tag) => `${tag}\n<metadata>${JSON.stringify(points)}</metadata>`)}\n`;
  } finally {
    // It would keep the process alive.
    chart.dispose();
  }
}

/** What a picture was drawn from. */
export function pointsIn(svg: string): Point[] {
  return JSON.parse(/<metadata>(.*?)<\/metadata>/s.exec(svg)?.[1] ?? '[]') as Point[];
}

function optionOf(points: readonly Point[]) {
  const grids = [
    { left: 70, right: 24, top: 70, height: 210 },
    { left: 70, right: 24, top: 370, height: 210 },
  ];
  const title = (text: string, top: number) => ({ text, left: 20, top, textStyle: { ...TEXT, fontWeight: 'bold' } });
  const shapes = SHAPES.filter((shape) => points.some((point) => point.shape === shape));
  return {
    title: [
      title('Groups done when the window closes', 38),
      title('The last Job is made so late (seconds after the minute its CronJob names)', 338),
    ],
    legend: { top: 8, data: shapes.map((name) => ({ name })), textStyle: TEXT },
    grid: grids,
    xAxis: grids.map((_, gridIndex) => ({
      ...{
        gridIndex,
        type: 'log',
        min: 10,
        max: 100_000,
        name: 'groups',
        nameLocation: 'middle',
        nameGap: 26,
        ...AXIS,
      },
      axisLabel: { ...TEXT, formatter: (value: number) => number(value) },
    })),
    yAxis: [
      { gridIndex: 0, type: 'value', min: 0, max: 100, ...AXIS, axisLabel: { ...TEXT, formatter: '{value} %' } },
      { gridIndex: 1, type: 'log', min: LEAST_LATE, max: 10_000, ...AXIS },
    ],
    series: shapes.flatMap((shape) => [
      line(shape, 0, ({ share }) => (share === undefined ? undefined : share * 100)),
      line(shape, 1, ({ late }) => (late === undefined ? undefined : Math.max(LEAST_LATE, late))),
    ]),
  };

  function line(shape: ShapeName, grid: number, of: (point: Point) => number | undefined) {
    const { color, symbol, width } = LOOKS[shape];
    return {
      ...{ type: 'line', name: shape, xAxisIndex: grid, yAxisIndex: grid, symbol, symbolSize: 6, silent: true },
      ...{ emphasis: { disabled: true }, itemStyle: { color }, lineStyle: { color, width }, z: width > 2 ? 1 : 2 },
      data: points.filter((point) => point.shape === shape).map((point) => [point.groups, of(point) ?? '-']),
    };
  }
}
