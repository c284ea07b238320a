// The pictures are measured: where a path stands, how long it is, and its colour.

import { describe, expect, test } from 'vitest';
import { fullnessChart, nightChart } from '../../lib/cli/report-charts';
import type { Window } from '../../lib/config/schema';
import type { Bar } from '../../lib/review/changes';
import { type FleetNumbers, groupsInNumbers } from '../../lib/review/groups-in-numbers';
import { aFleet, aGroup, aPlan } from '../support/builders';

const WINDOW = aFleet().window as Window;

interface Box {
  x: number;
  width: number;
  height: number;
}

/** Paths of this colour, in the order of the picture: `M88.7 12.5l306.4 0l0 16.6l-306.4 0Z`. */
function boxes(svg: string, color: string): Box[] {
  const paths = svg.matchAll(/<path d="M([\d.]+) [\d.]+l([\d.-]+) 0l0 ([\d.-]+)[^"]*" fill="var\(--([\w-]+)\)"/g);
  return [...paths]
    .filter(([, , , , fill]) => fill === color)
    .map(([, x, width, height]) => ({ x: Number(x), width: Number(width), height: Math.abs(Number(height)) }));
}

/** Where upright lines of this colour stand. */
function lines(svg: string, color: string): number[] {
  const paths = svg.matchAll(/<path d="M([\d.]+) [\d.]+L\1 [\d.]+"[^>]*stroke="var\(--([\w-]+)\)"/g);
  return [...paths].filter(([, , stroke]) => stroke === color).map(([, x]) => Number(x));
}

/** Reads the picture's axis, which goes from 0 to `most`. */
function scaleOf(svg: string, most: number): { at(x: number): number; of(width: number): number } {
  const [left, right] = [Math.min(...lines(svg, 'line')), Math.max(...lines(svg, 'line'))];
  const of = (width: number) => Math.round((width / (right - left)) * most);
  return { of, at: (x) => of(x - left) };
}

function numbersOf(rows: readonly number[], retiring?: number): FleetNumbers {
  const groups = rows.map((count, at) =>
    aGroup({
      id: at + 1,
      from: at === 0 ? null : `${at}001`,
      to: at === rows.length - 1 ? null : `${at + 1}001`,
      rows: count,
      state: at === retiring ? 'retiring' : 'active',
    }),
  );
  return groupsInNumbers(aPlan({ lock: { groups } }));
}

describe.each(['wide', 'narrow'] as const)('the picture of fullness, %s,', (width) => {
  test('has a bar as long as a group has rows, and a line where capacity is', () => {
    const svg = fullnessChart(numbersOf([500, 1_500, 900, 100], 2), width);
    const { at, of } = scaleOf(svg, 1_500);
    const near = (value: number) => Math.round(value / 20) * 20;
    expect(boxes(svg, 'bar').map((box) => near(of(box.width)))).toEqual([500, 100]);
    expect(boxes(svg, 'over').map((box) => near(of(box.width)))).toEqual([1_500]);
    expect(boxes(svg, 'idle').map((box) => near(of(box.width)))).toEqual([900]);
    expect(lines(svg, 'limit').map((x) => near(at(x)))).toEqual([1_000]);
  });

  test('has no line where there is no capacity', () => {
    const svg = fullnessChart({ ...numbersOf([500, 1_500]), capacity: undefined }, width);
    expect(lines(svg, 'limit')).toEqual([]);
    expect(boxes(svg, 'over')).toEqual([]);
  });

  test('has a square of many, coloured by how full each is', () => {
    const rows = Array.from({ length: 60 }, (_, at) => [100, 300, 600, 1_000, 1_001][at % 5] as number);
    const svg = fullnessChart(numbersOf(rows), width);
    for (const color of ['full-1', 'full-2', 'full-3', 'full-4', 'over'])
      expect(boxes(svg, color), color).toHaveLength(12);
  });
});

describe.each(['wide', 'narrow'] as const)('the picture of the night, %s,', (width) => {
  test('shows when each start is, how late it may be, and how long its job may run', () => {
    const night: Bar[] = [
      { start: 0, late: 60, minutes: 120, count: 1 },
      { start: 90, late: 30, minutes: 45, count: 7 },
    ];
    const svg = nightChart(night, WINDOW, width);
    const { at, of } = scaleOf(svg, 300);
    const told = (color: string) => boxes(svg, color).map((box) => [at(box.x), of(box.width)]);
    const near = (minutes: number[][]) => minutes.map((pair) => pair.map((value) => Math.round(value / 5) * 5));
    expect(near(told('late'))).toEqual([
      [0, 60],
      [90, 30],
    ]);
    expect(near(told('bar'))).toEqual([
      [60, 120],
      [120, 45],
    ]);
    expect(svg).toContain('>01:30 × 7<');
  });

  test('counts starts where there are many', () => {
    const night = Array.from(
      { length: 40 },
      (_, at): Bar => ({ start: at < 35 ? 0 : 150, late: 5, minutes: 10 + at, count: at < 35 ? 2 : 4 }),
    );
    const svg = nightChart(night, WINDOW, width);
    const [first, second, ...more] = boxes(svg, 'bar');
    expect(more).toEqual([]);
    expect((first?.height ?? 0) / (second?.height ?? 1)).toBeCloseTo(70 / 20, 1);
    expect(Math.round(scaleOf(svg, 300).at(second?.x ?? 0) / 10) * 10).toBe(150);
  });
});
