import { GitConfigTool } from '../git/git-config.tool.js';
import { GitSecurityEnforceTool } from '../git/git-security-enforce.tool.js';
import { GitSecurityValidateTool } from '../git/git-security-validate.tool.js';

/** What a repository is set to do. */
export const SECURITY_TOOLS = [GitConfigTool, GitSecurityValidateTool, GitSecurityEnforceTool];
