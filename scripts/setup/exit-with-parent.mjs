/** Preloaded into child processes: when the one that started us is gone, however it went, so are we. */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
