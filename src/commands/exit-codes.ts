/** What the process ends with; sysexits(3) where that has a number. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** `doctor` found something questionable, and nothing that fails. */
  questionable: 2,
  /** EX_USAGE: the command line cannot be understood. */
  usage: 64,
  /** EX_CONFIG: the configuration has faults. */
  config: 78,
  /** 128 + the signal, as a shell reports it. */
  interrupted: 130,
  terminated: 143,
} as const;
