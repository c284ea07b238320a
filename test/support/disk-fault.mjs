// Loaded before a synth: makes the FAULT_AT-th change on the project's disk fail, so that every step of it can be tried.
// FAULT is an error code that the call throws, or `kill`: half of what was to be written is, and the process is gone.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';

const { FAULT, FAULT_AT } = process.env;
const isSynth = /(cronfleet\.js|main\.ts)$/.test(process.argv[1] ?? '');
let step = 0;

function faulty(name, write) {
  const original = fs[name];
  fs[name] = (...args) => {
    const inProject =
      typeof args[0] === 'number' || `${resolve(String(args[0]))}${sep}`.startsWith(process.cwd() + sep);
    if (!inProject) return original(...args);
    step += 1;
    if (step !== Number(FAULT_AT)) return original(...args);
    if (FAULT !== 'kill') {
      // Tells the test that there was such a step.
      process.stderr.write('fault played\n');
      throw Object.assign(new Error(`${FAULT}: played by a test, ${name}`), { code: FAULT, syscall: name });
    }
    if (write) original(args[0], String(args[1]).slice(0, String(args[1]).length / 2), args[2]);
    process.kill(process.pid, 'SIGKILL');
    // The signal arrives at once, but not before this line would go on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
}

if (isSynth) {
  for (const name of ['mkdirSync', 'renameSync', 'rmSync', 'copyFileSync', 'linkSync', 'fsyncSync'])
    faulty(name, false);
  faulty('writeFileSync', true);
  syncBuiltinESMExports();
}
