import { createReadStream } from 'node:fs';

import { Body, Get, HttpCode, Param, Post, Req, StreamableFile } from '@nestjs/common';

import { ProfileFolder } from '../../diagnostics/profiles/profile-folder.js';
import { type ProfileReport, Profiler } from '../../diagnostics/profiles/profiler.service.js';
import { AdminController } from '../access/admin.controller.js';
import { type AdminRequest } from '../access/admin.request.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { ProfileBody } from '../bodies/admin.bodies.js';

@AdminController('profiles')
export class ProfilesController {
  constructor(
    private readonly profiler: Profiler,
    private readonly folder: ProfileFolder,
  ) {}

  @Get()
  @Summary('The last profiles, newest first')
  async list() {
    return { items: await this.folder.list() };
  }

  @Post()
  @HttpCode(200)
  @Summary('Takes a profile and answers with its top ten; the file can then be downloaded')
  async take(
    @Body(BodyPipe) { kind, duration_ms }: ProfileBody,
    @Req() request: AdminRequest,
  ): Promise<ProfileReport> {
    const gone = new AbortController();
    const stop = () => gone.abort();
    request.socket.once('close', stop);
    try {
      return await this.profiler.take(kind, duration_ms, gone.signal);
    } finally {
      request.socket.off('close', stop);
    }
  }

  @Get(':name')
  @Summary('Downloads one profile')
  async download(@Param('name') name: string): Promise<StreamableFile> {
    const path = await this.folder.find(name);
    return new StreamableFile(createReadStream(path), {
      type: 'application/json',
      disposition: `attachment; filename="${name}"`,
    });
  }
}
