// Patches that are not server-side apply: JSON merge patch (RFC 7386) and JSON patch (RFC 6902).

import { type Fields, isFields, isSame } from './objects';
import { badRequest, invalid, refusal } from './statuses';

/** `null` in the patch removes the field; lists are replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const patched: Fields = isFields(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete patched[field];
    else patched[field] = mergePatch(patched[field], value);
  }
  return patched;
}

interface Step {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** Throws 400 for what is not a JSON patch, and 422 for a step that cannot be done or a test that fails, as the API server does. */
export function jsonPatch(target: Fields, patch: unknown): Fields {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const root = { '': structuredClone(target) };
  for (const step of patch as Step[]) doStep(root, step);
  return root[''];
}

function doStep(root: { '': Fields }, { op, path, from, value }: Step): void {
  if (op === 'test') {
    if (!isSame(read(root, path), value)) throw failed(`testing value ${path} failed: test failed`);
  } else if (op === 'add') add(root, path, value);
  else if (op === 'remove') remove(root, path);
  else if (op === 'replace') {
    remove(root, path);
    add(root, path, value);
  } else if (op === 'copy') add(root, path, structuredClone(read(root, from ?? '')));
  else if (op === 'move') {
    const moved = read(root, from ?? '');
    remove(root, from ?? '');
    add(root, path, moved);
  } else throw failed(`Unexpected kind: ${op}`);
}

function locate(root: Fields, path: string): [Fields | unknown[], string] {
  const keys = path.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() as string;
  let inner: unknown = root;
  for (const key of keys) inner = (inner as Fields | undefined)?.[key];
  if (!isFields(inner) && !Array.isArray(inner))
    throw failed(`add operation does not apply: doc is missing path: "${path}": missing value`);
  return [inner, last];
}

function read(root: Fields, path: string): unknown {
  const [parent, key] = locate(root, path);
  return (parent as Fields)[key];
}

function add(root: Fields, path: string, value: unknown): void {
  const [parent, key] = locate(root, path);
  if (!Array.isArray(parent)) parent[key] = value;
  else parent.splice(key === '-' ? parent.length : Number(key), 0, value);
}

function remove(root: Fields, path: string): void {
  const [parent, key] = locate(root, path);
  if (!(key in parent)) throw failed(`remove operation does not apply: doc is missing key: ${path}: missing value`);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function failed(why: string): Error {
  return refusal(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {});
}

/** What server-side apply demands of its query. */
export function checkPatchOptions(isApply: boolean, fieldManager: string | null, force: string | null): void {
  const options = { group: 'meta.k8s.io', kind: 'PatchOptions' };
  if (isApply && !fieldManager)
    throw invalid(options, '', [
      { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
    ]);
  if (!isApply && force !== null)
    throw invalid(options, '', [
      { reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch', field: 'force' },
    ]);
}
