using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Tells systemd about the state of a service of <c>Type=notify</c> (sd_notify(3)). It does nothing without the variable NOTIFY_SOCKET.
/// <see cref="NodeHost"/> calls it.
/// </summary>
internal static class SystemdNotifier
{
    /// <summary>The listeners and the admin endpoint are open.</summary>
    public const string Ready = "READY=1";

    /// <summary>The service stops in order.</summary>
    public const string Stopping = "STOPPING=1";

    /// <summary>
    /// The service reads its configuration again (<c>Type=notify-reload</c>). <see cref="Ready"/> follows. systemd tells reloads apart by
    /// the time, which is of CLOCK_MONOTONIC in microseconds.
    /// </summary>
    public static string Reloading() =>
        string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / TicksPerMicrosecond}");

    // The framework takes timestamps from CLOCK_MONOTONIC.
    private static readonly long TicksPerMicrosecond = Math.Max(1, Stopwatch.Frequency / 1_000_000);

    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Sends a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="logger">The log of failures: without the message, systemd waits until its own time limit.</param>
    public static void Send(string state, ILogger logger)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path) Send(state, path, logger);
    }

    /// <summary>Sends a state to a socket.</summary>
    /// <param name="state">The state.</param>
    /// <param name="path">The path of the socket, or its abstract name after an @.</param>
    /// <param name="logger">The log of failures.</param>
    internal static void Send(string state, string path, ILogger logger)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // The abstract namespace: unix(7).
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? string.Concat("\0", path.AsSpan(1)) : path));
            socket.Send(Encoding.ASCII.GetBytes(state));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            NodeLog.NotNotified(logger, state, path, e.Message);
        }
    }
}
