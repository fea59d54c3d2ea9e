using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Stats;
using Postfleet.Core;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// Owns the listeners and their connections. Sockets and pipes are Kestrel's transport, which pools its memory and holds no buffer for an
/// idle connection. Started and stopped by the host. Stopping ends idle sessions at once, sessions in a transaction after their
/// message, and all sessions at the end of the grace period.
/// </summary>
public sealed class SmtpServer : IHostedService, IReadinessCheck, IDisposable
{
    // Bounds a client's unread input, which BodyMemory does not count. As much as a message may take without a reservation.
    private const int MaxReadBuffer = 64 * 1024;

    private readonly FrontendSettings _settings;
    private volatile SessionServices _services;
    private readonly SocketTransportFactory _transport;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<long, Task> _sessions = new();
    private readonly ConcurrentDictionary<long, Connection> _connections = new();
    private readonly ConnectionCounter _counter;
    private volatile NetworkSet _proxies;
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
                // No I/O queues: continuations run on the thread pool, which takes a tenth less processor time (docs/benchmarks.md).
                IOQueueCount = 0,
                CreateBoundListenSocket = BindSocket,
            }),
            loggers);
    }

    /// <summary>The open endpoints, with the assigned port where port 0 was configured.</summary>
    public IReadOnlyList<EndPoint> Endpoints => [.. _listeners.Select(listener => listener.Listener.EndPoint)];

    /// <summary>The services of later sessions.</summary>
    internal SessionServices Services => _services;

    /// <inheritdoc/>
    public string Name => "listeners";

    /// <inheritdoc/>
    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        new(_isStopping ? "stopping" : _listeners.Count < _settings.Listeners.Count ? "starting"
            : _listeners.Any(listener => listener.Loop.IsCompleted) ? "a listener has ended" : null);

    /// <summary>Gives other services to later sessions. The listeners and the limit of all connections stay.</summary>
    internal void Use(SessionServices services)
    {
        _counter.Use(services.Limits);
        _proxies = new NetworkSet(services.Limits.TrustedProxies);
        _services = services;
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // All listeners open before the first accepts: a node without all of its listeners accepts no mail.
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

    // A listener on [::] accepts IPv4 too, unless an IPv4 listener has the same port.
    private Socket BindSocket(EndPoint endpoint)
    {
        var isDualMode = endpoint is not IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } endpoint6 || !_settings.Listeners.Any(
            listener => listener.Endpoint is { AddressFamily: AddressFamily.InterNetwork } other
                && other.Port == endpoint6.Port);
        if (isDualMode) return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
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

    private async Task<IConnectionListener> BindAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.BindAsync(endpoint, cancellationToken);
        }
        catch (Exception e) when (e is AddressInUseException or SocketException)
        {
            var reason = e is AddressInUseException ? "the port is in use" : e.Message;
            throw new StartFailureException($"the listener {endpoint} cannot be opened: {reason}", e);
        }
    }

    private async Task AcceptAsync(IConnectionListener listener, ListenerOptions options)
    {
        var services = _services;
        var profile = services.ProfileOf(options);
        FrontendMetrics.Begin(profile.Listener);
        try
        {
            while (await WaitForCapacityAsync() && await listener.AcceptAsync() is { } transport)
            {
                if (!ReferenceEquals(services, _services))
                {
                    services = _services;
                    profile = services.ProfileOf(options);
                    FrontendMetrics.Begin(profile.Listener);
                }

                var id = Interlocked.Increment(ref _lastId);
                Begin(id, new Connection(id, transport, options, profile, services, _counter, _proxies, ShortenDeadlines));
            }
        }
        catch (Exception e)
        {
            _logger.ListenerFailed(e, listener.EndPoint);
        }
    }

    // Connections above the limit are refused and closed, which takes seconds if the client does not read. Beyond MaxClosingConnections of
    // them, further connections stay in the kernel's backlog: otherwise the process could run out of open files.
    private async ValueTask<bool> WaitForCapacityAsync()
    {
        var limit = _settings.Limits.MaxConnections + FrontendLimits.MaxClosingConnections;
        if (_sessions.Count < limit) return true;
        _logger.AcceptingPaused(_sessions.Count);
        while (_sessions.Count >= limit && !_isStopping) await Task.Delay(FrontendLimits.AcceptPause, _services.Time);
        return true;
    }

    private void Begin(long id, Connection connection)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[id] = connection;
        // Registered before it runs: StopAsync waits for every connection.
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

    // Called once when stress mode begins; later sessions read the mode themselves.
    private void ShortenDeadlines()
    {
        foreach (var connection in _connections.Values) connection.ShortenDeadline();
    }
}
