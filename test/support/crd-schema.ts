// Strict field validation of custom resources, by the definitions kept in imports/crds: what is not in the subset there is unknown.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { REPOSITORY } from './project';

/** As far as our definitions go. */
interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema;
  items?: Schema;
  anyOf?: Schema[];
}

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** What is wrong with the object, a sentence each, but for its metadata, which has the same fields in every kind. */
export function customResourceProblems(object: { kind?: string; metadata?: unknown }, file: string): string[] {
  const documents = parseAllDocuments(readFileSync(join(REPOSITORY, 'imports/crds', file), 'utf8'));
  const definitions = documents.map((document) => document.toJS() as Definition);
  const definition = definitions.find(({ spec }) => spec.names.kind === object.kind);
  if (definition === undefined) return [`${file} defines no ${object.kind}`];
  const { spec } = definition;
  const { metadata: _, ...rest } = object;
  return schemaProblems(rest, spec.versions[0]?.schema.openAPIV3Schema as Schema, spec.names.kind);
}

function schemaProblems(value: unknown, schema: Schema, place: string): string[] {
  const { type, anyOf, items, additionalProperties, properties = {}, required = [] } = schema;
  if (anyOf) {
    const isOne = anyOf.some((choice) => schemaProblems(value, choice, place).length === 0);
    return isOne ? [] : [`${place}: expected ${anyOf.map((choice) => choice.type).join(' or ')}, got ${said(value)}`];
  }
  if (!isOf(value, type)) return [`${place}: expected ${type}, got ${said(value)}`];
  if (type === 'array' && items)
    return (value as unknown[]).flatMap((item, index) => schemaProblems(item, items, `${place}[${index}]`));
  if (type !== 'object') return [];
  const missing = required.filter((name) => !Object.hasOwn(value as object, name));
  return [
    ...missing.map((name) => `${place}: must have required property ${name}`),
    ...Object.entries(value as object).flatMap(([name, inner]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      return known ? schemaProblems(inner, known, `${place}.${name}`) : [`${place}.${name}: unknown field`];
    }),
  ];
}

function isOf(value: unknown, type: Schema['type']): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function said(value: unknown): string {
  return JSON.stringify(value);
}
