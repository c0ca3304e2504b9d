import { NoteStore } from './note.store.js';

export const NOTE_SERVICES = [NoteStore];
