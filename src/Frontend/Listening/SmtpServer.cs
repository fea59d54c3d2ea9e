using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Stats;
using Postfleet.Core;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// The listeners and their sessions. Sockets and pipes are Kestrel's transport, which pools its memory and holds no buffer for a connection
/// that is idle. Stops in two steps: idle sessions at once, those in DATA when their message is done, all of them when the grace ends.
/// </summary>
public sealed class SmtpServer : IHostedService, IReadinessCheck, IDisposable
{
    // What of a client's input may wait unread; BodyMemory does not see it. 64 KiB is as much as a message may take without asking.
    private const int MaxReadBuffer = 64 * 1024;

    private readonly FrontendSettings _settings;
    private readonly SessionServices _services;
    private readonly SocketTransportFactory _transport;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<long, Task> _sessions = new();
    private readonly ConcurrentDictionary<long, Connection> _connections = new();
    private readonly ConnectionCounter _counter;
    private readonly NetworkSet _proxies;
    private readonly List<(IConnectionListener Listener, Task Loop)> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborted = new();
    private long _lastId;
    private volatile bool _isStopping;

    internal SmtpServer(FrontendSettings settings, SessionServices services, ILoggerFactory loggers)
    {
        (_settings, _services) = (settings, services);
        _logger = services.Logger;
        _counter = new ConnectionCounter(settings.Limits);
        _proxies = new NetworkSet(settings.Limits.TrustedProxies);
        _transport = new SocketTransportFactory(
            Microsoft.Extensions.Options.Options.Create(new SocketTransportOptions
            {
                Backlog = 1024,
                MaxReadBufferSize = MaxReadBuffer,
                MaxWriteBufferSize = MaxReadBuffer,
                // Straight to the thread pool: with queues of its own in between, the transport takes a tenth more of the processor
                // (docs/benchmarks.md).
                IOQueueCount = 0,
                CreateBoundListenSocket = BindSocket,
            }),
            loggers);
    }

    /// <summary>The endpoints that are open, with their real ports.</summary>
    public IReadOnlyList<EndPoint> Endpoints => [.. _listeners.Select(listener => listener.Listener.EndPoint)];

    /// <inheritdoc/>
    public string Name => "listeners";

    /// <inheritdoc/>
    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        new(_isStopping ? "stopping" : _listeners.Count < _settings.Listeners.Count ? "starting"
            : _listeners.Any(listener => listener.Loop.IsCompleted) ? "a listener has ended" : null);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // All of them are open before one accepts: a node that cannot have them all takes no mail.
        var listeners = new List<IConnectionListener>();
        try
        {
            foreach (var options in _settings.Listeners) listeners.Add(await BindAsync(options.Endpoint, cancellationToken));
        }
        catch
        {
            foreach (var listener in listeners) await listener.DisposeAsync();
            throw;
        }

        foreach (var (options, listener) in _settings.Listeners.Zip(listeners))
        {
            _logger.Listening(options.Service, listener.EndPoint);
            _listeners.Add((listener, AcceptAsync(listener, options)));
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        foreach (var (listener, _) in _listeners) await listener.UnbindAsync(CancellationToken.None);
        await Task.WhenAll(_listeners.Select(listener => listener.Loop));
        await _stopping.CancelAsync();
        var all = Task.WhenAll(_sessions.Values);
        using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = Task.Delay(_settings.Grace, _services.Time, grace.Token);
        if (await Task.WhenAny(all, ended) != all)
        {
            _logger.Aborted(_sessions.Count);
            await _aborted.CancelAsync();
            await all;
        }

        await grace.CancelAsync();
        foreach (var (listener, _) in _listeners) await listener.DisposeAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _aborted.Dispose();
    }

    // The system's [::] takes IPv4 too, unless a listener of IPv4 has the same port: then each takes its own family.
    private Socket BindSocket(EndPoint endpoint)
    {
        var isOfBoth = endpoint is not IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } wanted || !_settings.Listeners.Any(
            listener => IPEndPoint.Parse(listener.Endpoint) is { AddressFamily: AddressFamily.InterNetwork } other
                && other.Port == wanted.Port);
        if (isOfBoth) return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
        try
        {
            socket.Bind(endpoint);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IConnectionListener> BindAsync(string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.BindAsync(IPEndPoint.Parse(endpoint), cancellationToken);
        }
        catch (Exception e) when (e is AddressInUseException or SocketException)
        {
            var reason = e is AddressInUseException ? "the port is in use" : e.Message;
            throw new StartFailureException($"the listener {endpoint} cannot be opened: {reason}", e);
        }
    }

    private async Task AcceptAsync(IConnectionListener listener, ListenerOptions options)
    {
        var profile = _services.ProfileOf(options);
        try
        {
            while (await WaitForPlaceAsync() && await listener.AcceptAsync() is { } transport)
            {
                var id = Interlocked.Increment(ref _lastId);
                Begin(id, new Connection(id, transport, options, profile, _services, _counter, _proxies, HurryAll));
            }
        }
        catch (Exception e)
        {
            _logger.ListenerFailed(e, listener.EndPoint);
        }
    }

    // Connections above the limit are told so and closed, which takes them seconds where the client reads nothing. So many of them at once
    // are left with the kernel, or the files that this process may open would be used up.
    private async ValueTask<bool> WaitForPlaceAsync()
    {
        var most = _settings.Limits.MaxConnections + FrontendLimits.Closing;
        if (_sessions.Count < most) return true;
        _logger.AcceptingPaused(_sessions.Count);
        while (_sessions.Count >= most && !_isStopping) await Task.Delay(FrontendLimits.AcceptPause, _services.Time);
        return true;
    }

    private void Begin(long id, Connection connection)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[id] = connection;
        // Registered before it runs, so that stopping waits for every session.
        _sessions[id] = RunAsync(id, connection, begun.Task);
        begun.SetResult();
    }

    private async Task RunAsync(long id, Connection connection, Task begun)
    {
        await begun;
        await connection.RunAsync(_stopping.Token, _aborted.Token);
        _sessions.TryRemove(id, out _);
        _connections.TryRemove(id, out _);
    }

    // Once at the beginning of each time of stress; sessions that begin later know of it.
    private void HurryAll()
    {
        foreach (var connection in _connections.Values) connection.Hurry();
    }
}
