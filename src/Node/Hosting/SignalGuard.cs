using System.Runtime.InteropServices;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Keeps signals that mean nothing to the node from ending it. The default action of the system for most signals is to end the process at
/// once, in the middle of transactions. <see cref="NodeHost"/> makes one instance before anything else starts and keeps it to the end.
/// SIGTERM, SIGINT and SIGQUIT stop the node in good order and are the host's. Handlers run on threads of the pool.
/// </summary>
internal sealed class SignalGuard : IDisposable
{
    // Numbers of Linux (signal(7)); the framework passes what is not negative to the system as it is. SIGPIPE is ignored by the runtime.
    private static readonly (int Number, string Name)[] Harmless =
    [
        (10, "SIGUSR1"), (12, "SIGUSR2"), (14, "SIGALRM"), (16, "SIGSTKFLT"), (24, "SIGXCPU"), (25, "SIGXFSZ"), (26, "SIGVTALRM"),
        (27, "SIGPROF"), (29, "SIGIO"), (30, "SIGPWR"),
    ];

    private const string NoReload =
        "the configuration is not read again while the node runs, restart the node to change it; certificate files are read again when they change";

    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Begins to take the signals.</summary>
    /// <param name="logger">Where each signal that comes is named.</param>
    public SignalGuard(ILogger logger)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            NodeLog.HangUp(logger, NoReload);
        }));
        if (!OperatingSystem.IsLinux()) return;
        foreach (var (number, name) in Harmless)
        {
            _registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, context =>
            {
                context.Cancel = true;
                NodeLog.SignalIgnored(logger, name);
            }));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
