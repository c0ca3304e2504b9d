type Environment = Readonly<Record<string, string>>;

/** How one environment differs from another: most of a git process's hundred and fifty variables are those of the last one. */
export interface EnvironmentChange {
  readonly set: Environment;
  readonly absent: readonly string[];
}

export function changeBetween(base: Environment, env: Environment): EnvironmentChange {
  const set: Record<string, string> = {};
  for (const name in env) if (env[name] !== base[name]) set[name] = env[name] ?? '';
  return { set, absent: Object.keys(base).filter((name) => env[name] === undefined) };
}

export function changed(base: Environment, { set, absent }: EnvironmentChange): Record<string, string> {
  const env: Record<string, string> = { ...base, ...set };
  for (const name of absent) delete env[name];
  return env;
}
