const vscode = require("vscode");

exports.activate = async ({ subscriptions }) => {
  const portwright = vscode.extensions.getExtension("portwright.portwright");
  if (portwright.isActive) throw new Error("somebody was faster");
  const before = process.cpuUsage();
  const began = performance.now();
  await portwright.activate();
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  const status = vscode.window.createStatusBarItem("probe", vscode.StatusBarAlignment.Left);
  status.text = `activation: ${(user + system) / 1000} ms CPU, ${took} ms`;
  status.show();
  subscriptions.push(status);
};
