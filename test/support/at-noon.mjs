// Loaded before the program: it begins at 12:00 UTC of a day in 2026, when no window from 00:00 to 05:00 in Seoul is open. Time passes.

const RealDate = Date;
const ahead = RealDate.UTC(2026, 10, 20, 12) - RealDate.now();

globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + ahead] : args));
  }

  static now() {
    return RealDate.now() + ahead;
  }
};
