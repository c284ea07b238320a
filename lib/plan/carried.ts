// Which variables of a container a folded fleet's pod template can hold, and which a script must tell each pod by its index.
// What comes out is the environment an unfolded pod would have: Kubernetes expands `$(NAME)` of variables before it, and what
// differs between groups is expanded here in its place.

import { isDeepStrictEqual } from 'node:util';
import { namesIn, partsOf } from '../config/expansion';
import { shellNameProblem } from '../config/fold';
import type { Variable } from './environment';

/** A container's variables as one group has them, ours first. */
export interface GroupVariables {
  group: string;
  variables: readonly Variable[];
}

/** A variable for a script: text, and the variables of the pod template that stand in it. */
export interface Carried {
  name: string;
  parts: ({ text: string } | { name: string })[];
}

export interface Split {
  /** The same for all groups. */
  template: Variable[];
  /** What each group is told besides, in order; as many as there are groups. */
  carried: Carried[][];
  /** Names of all that is carried. */
  names: Set<string>;
  /** What can be in neither, a sentence each. */
  problems: string[];
}

/** What a variable is in the pod: `name` stands for a value that is known there only; `isGiven` when a variable before it has it. */
type Outcome = ({ text: string } | { name: string; isGiven: boolean })[];

/** @param envFrom whether the container has whole ConfigMaps or Secrets as environment */
export function splitVariables(groups: readonly GroupVariables[], envFrom: boolean): Split {
  const outcomes = groups.map(({ variables }) => outcomesOf(variables));
  const definitions = groups.map(({ variables }) => new Map(variables.map((variable) => [variable.name, variable])));
  const template: Variable[] = [];
  const names = new Set(groups.flatMap(({ variables }) => variables.map(({ name }) => name)));
  const carried = new Set<string>();
  for (const variable of groups[0]?.variables ?? []) {
    const { name } = variable;
    const refers = 'value' in variable && namesIn(variable.value).some((other) => carried.has(other));
    const isSame = same(definitions.map((of) => of.get(name))) && same(outcomes.map((of) => of.get(name)));
    // Ours differ by nature; that a first group is alone, or a query's column has one value, may change any night.
    if (name.startsWith('GROUP_') || refers || !isSame) carried.add(name);
    else template.push(variable);
  }
  for (const { name } of template) names.delete(name);
  return {
    template,
    names,
    carried: groups.map(({ variables }, index) =>
      variables
        .filter((variable) => names.has(variable.name) && 'value' in variable)
        .map(({ name }) => ({ name, parts: outcomes[index]?.get(name)?.map(told) ?? [] })),
    ),
    problems: [
      ...[...names, ...template.map(({ name }) => name)].flatMap(nameProblem),
      ...[...names].flatMap((name) => [
        ...referenceProblem(name, groups, definitions),
        ...(envFrom ? sourceProblem(name, groups, outcomes) : []),
      ]),
    ],
  };
}

/** What each variable is, in the order of the list. */
function outcomesOf(variables: readonly Variable[]): Map<string, Outcome> {
  const known = new Map<string, Outcome>();
  for (const variable of variables) {
    const { name } = variable;
    known.set(name, 'value' in variable ? expanded(variable.value, known) : [{ name, isGiven: true }]);
  }
  return known;
}

function expanded(value: string, known: ReadonlyMap<string, Outcome>): Outcome {
  const parts = partsOf(value).flatMap(
    (part): Outcome => ('text' in part ? [part] : (known.get(part.name) ?? [{ name: part.name, isGiven: false }])),
  );
  return joined(parts);
}

/** Texts side by side as one, so that equal outcomes are equal data. */
function joined(parts: Outcome): Outcome {
  const result: Outcome = [];
  for (const part of parts) {
    const last = result.at(-1);
    if ('text' in part && last && 'text' in last) result.splice(-1, 1, { text: last.text + part.text });
    else result.push(part);
  }
  return result;
}

/** What no variable before it has stays as it is written. */
function told(part: Outcome[number]): Carried['parts'][number] {
  if ('text' in part) return part;
  return part.isGiven ? { name: part.name } : { text: `$(${part.name})` };
}

function same(values: readonly unknown[]): boolean {
  return values.every((value) => isDeepStrictEqual(value, values[0]));
}

function nameProblem(name: string): string[] {
  const problem = shellNameProblem(name);
  return problem === undefined ? [] : [`the name ${name}: ${problem}; choose another`];
}

/** Kubernetes resolves a reference from the pod template, which is one for all groups. */
function referenceProblem(
  name: string,
  groups: readonly GroupVariables[],
  definitions: readonly ReadonlyMap<string, Variable>[],
): string[] {
  const described = definitions.map((of) => describe(of.get(name)));
  const one = definitions.findIndex((of) => !('value' in (of.get(name) ?? { value: '' })));
  if (one < 0) return [];
  const other = described.findIndex((text) => text !== described[one]);
  return [
    `${name} is ${described[one]} in ${groups[one]?.group} and ${described[other]} in ${groups[other]?.group}; only texts can differ`,
  ];
}

/** Whether `envFrom` has a name is known in the pod only, and what is carried is expanded before. */
function sourceProblem(
  name: string,
  groups: readonly GroupVariables[],
  outcomes: readonly ReadonlyMap<string, Outcome>[],
): string[] {
  for (const [index, of] of outcomes.entries()) {
    const unknown = of.get(name)?.find((part) => 'name' in part && !part.isGiven);
    if (unknown === undefined || !('name' in unknown)) continue;
    const todo = `name ${unknown.name} in env before it, or write $$(${unknown.name}) where the text is meant`;
    return [
      `${name} differs between groups and speaks of $(${unknown.name}) in ${groups[index]?.group}, which envFrom may have; ${todo}`,
    ];
  }
  return [];
}

function describe(variable: Variable | undefined): string {
  if (variable === undefined) return 'not there';
  if ('value' in variable) return 'a text';
  if ('field' in variable) return `the field ${variable.field}`;
  return 'secret' in variable
    ? `key ${variable.key} of Secret ${variable.secret}`
    : `key ${variable.key} of ConfigMap ${variable.configMap}`;
}
