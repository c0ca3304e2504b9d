#!/usr/bin/env node
import { ScriptLoader } from './script-loader.js';

new ScriptLoader(import.meta.dirname).load('server.cjs');
