using System.Runtime.InteropServices;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Ignores signals without a meaning for the node. For most signals the default action of the system ends the process at once, in the
/// middle of transactions. The host handles SIGTERM, SIGINT and SIGQUIT, which stop the node in order, and <see cref="HangUp"/> SIGHUP.
/// <see cref="NodeHost"/> owns one instance, created before all services. Handlers run on the thread pool.
/// </summary>
internal sealed class SignalGuard : IDisposable
{
    // Numbers of Linux (signal(7)). The framework passes non-negative numbers to the system. The runtime ignores SIGPIPE.
    private static readonly (int Number, string Name)[] Harmless =
    [
        (10, "SIGUSR1"), (12, "SIGUSR2"), (14, "SIGALRM"), (16, "SIGSTKFLT"), (24, "SIGXCPU"), (25, "SIGXFSZ"), (26, "SIGVTALRM"),
        (27, "SIGPROF"), (29, "SIGIO"), (30, "SIGPWR"),
    ];

    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Registers the handlers.</summary>
    /// <param name="logger">The log of received signals.</param>
    public SignalGuard(ILogger logger)
    {
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
