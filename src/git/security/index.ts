import { ConfigEditor } from './config.editor.js';
import { ConfigReader } from './config.reader.js';
import { ContentFindings } from './content.findings.js';
import { FolderFindings } from './folder.findings.js';
import { SecurityEnforcer } from './security.enforcer.js';
import { SecurityInspector } from './security.inspector.js';

/** What a repository would do to whoever uses it, and what is done about it; provided and exported. */
export const SECURITY_SERVICES = [ConfigEditor, SecurityInspector, SecurityEnforcer];

export const SECURITY_PROVIDERS = [ConfigReader, FolderFindings, ContentFindings, ...SECURITY_SERVICES];
