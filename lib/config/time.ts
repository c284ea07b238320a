// Times of day and time zones, as the config writes them.

import { nearest } from './did-you-mean';

/** A time of day in minutes after midnight; `nextDay` when the text says so. */
export interface TimeOfDay {
  minutes: number;
  nextDay: boolean;
}

/** Reads `HH:MM` or `HH:MM next day`; undefined when it is neither. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)( next day)?$/.exec(text);
  return match ? { minutes: Number(match[1]) * 60 + Number(match[2]), nextDay: match[3] !== undefined } : undefined;
}

/** `HH:MM` of minutes after midnight, of whichever day. */
export function printTimeOfDay(minutes: number): string {
  const ofDay = ((minutes % 1440) + 1440) % 1440;
  return `${String(Math.floor(ofDay / 60)).padStart(2, '0')}:${String(ofDay % 60).padStart(2, '0')}`;
}

/** `YYYY-MM-DD` of what a clock shows, as if it were UTC, in milliseconds. */
export function printDate(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}

/** `2026-03-01T15:00Z` */
export function printMinute(instant: Date): string {
  return `${instant.toISOString().slice(0, 16)}Z`;
}

/** What to do about a text that is no IANA name as the API server knows it; undefined when it is one. */
export function timeZoneProblem(name: string): string | undefined {
  if (isTimeZone(name)) return undefined;
  if (name.toLowerCase() === 'local')
    return 'Local would be the zone of the cluster’s controller: name the one you mean';
  if (/^(utc|gmt)?[+-]\d/i.test(name)) return 'an offset names no place: use a place’s zone, whose clocks may change';
  // Among abbreviations every one is near some other.
  const near = nearest(name, name.includes('/') ? Intl.supportedValuesOf('timeZone') : ['UTC', 'Etc/UTC']);
  return near === undefined || near === name
    ? 'the names are in the column "TZ identifier" of https://en.wikipedia.org/wiki/List_of_tz_database_time_zones'
    : `did you mean "${near}"? Kubernetes wants the exact letters`;
}

/**
 * The API server looks a zone up in files, so case matters there, and `Intl` is indifferent to it. `Intl` lists its zones in
 * their exact letters, but not their other names, such as US/Pacific and UTC: those are known by how they are spelt.
 */
function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(name)) return false;
  try {
    // The style only makes it faster; see zone.ts.
    new Intl.DateTimeFormat('en-GB', { timeZone: name, timeStyle: 'short' });
  } catch {
    return false;
  }
  const listed = Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase() === name.toLowerCase());
  return listed === undefined ? !isOddlySpelt(name) : listed === name;
}

/** Places are written in capitals and small letters, and what is short, but for `Etc`, in capitals alone: UTC, GMT+0, US/Pacific, NZ. */
function isOddlySpelt(name: string): boolean {
  return /[A-Z]{5,}/.test(name) || /^(Etc\/)?(?!Etc)[A-Z][A-Za-z]?[a-z]([^A-Za-z]|$)/.test(name);
}
