import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

import { parseDuration } from '../../config/units.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe } from '../../validation/dto/dto.decorators.js';

const DURATION = /^\d{1,9}(ms|s|m|h|d)?$/;
const DAY_MS = 86_400_000;

export class NoBody {}

export class CleanBody {
  @Describe(
    'Sessions without use for at least this long are closed: 30m, 90s; sessions.idleTimeout where absent',
  )
  @IsOptional()
  @Matches(DURATION)
  idle?: string;
}

export class CircuitBody {
  @Describe('Failures in a row that open it')
  @IsOptional()
  @IsInt()
  @Min(1)
  failure_threshold?: number;

  @Describe('How long it stays open: 60s')
  @IsOptional()
  @Matches(DURATION)
  recovery_timeout?: string;

  @Describe('Trial calls at once while half-open')
  @IsOptional()
  @IsInt()
  @Min(1)
  half_open_max_calls?: number;
}

export class CacheBody {
  @Describe('Whether verdicts are remembered; switching it off forgets them')
  @IsBoolean()
  enabled: boolean;
}

export class LocksBody {
  @Describe('Path of the repository')
  @IsString()
  @Length(1, 4_096)
  repo_path: string;
}

export class LogLevelBody {
  @Describe('Least severe level that is written')
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

  @Describe('After which it is as before: 10m; at most a day')
  @IsOptional()
  @Matches(DURATION)
  for?: string;
}

export class ProfileBody {
  @Describe('cpu: functions by self time; heap: allocators by bytes; snapshot: the whole heap')
  @IsIn(['cpu', 'heap', 'snapshot'])
  kind: 'cpu' | 'heap' | 'snapshot';

  @Describe('How long to look, in milliseconds; a snapshot takes as long as it takes')
  @IsOptional()
  @IsInt()
  @Min(10)
  @Max(600_000)
  duration_ms?: number;
}

/** @throws ServerError `validation_failed` where it is none, or longer than a day */
export function durationOf(text: string, path: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= DAY_MS) return ms;
  throw new ServerError('validation_failed', 'the duration is out of range', {
    details: [
      { path, constraint: 'isDuration', message: 'more than nothing and at most a day: 30s, 10m, 2h' },
    ],
  });
}
