import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';

const MAX_NAMES = 200;

/** Which tools a session wants to see of those that are offered. It can make the choice smaller, never larger. */
export class ToolsWish {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  toolsets?: string[];

  @IsOptional()
  @IsBoolean()
  read_only?: boolean;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  exclude?: string[];

  @IsOptional()
  @IsIn(['full', 'lean'])
  mode?: 'full' | 'lean';
}
