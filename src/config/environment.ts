export type Environment = Readonly<Record<string, string | undefined>>;

/** The only place that reads the process's environment: what is read elsewhere would be a hidden setting. */
export function processEnvironment(): Environment {
  return { ...process.env };
}
