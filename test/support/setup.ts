// Decorator metadata must be readable before any module of ours is loaded.
import 'reflect-metadata';
