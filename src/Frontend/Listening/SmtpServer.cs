using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postfleet.Core.Stats;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// The listeners and their sessions. Sockets and pipes are Kestrel's transport, which pools its memory and holds no buffer for a connection that is idle.
/// Stops in two steps: idle sessions at once, those in DATA when their message is done, all of them when the grace ends.
/// </summary>
public sealed class SmtpServer : IHostedService, IReadinessCheck, IDisposable
{
    // What of a client's input may wait unread; BodyMemory does not see it. 64 KiB is as much as a message may take without asking.
    private const int MaxReadBuffer = 64 * 1024;

    // How long the last reply may take to leave when a session is over.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly FrontendSettings _settings;
    private readonly SessionServices _services;
    private readonly SocketTransportFactory _transport;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<long, (SmtpSession Session, IPAddress Client, Task Run)> _sessions = new();
    private readonly ConnectionCounter _counter;
    private readonly List<(IConnectionListener Listener, Task Loop)> _listeners = [];
    private readonly CancellationTokenSource _aborted = new();
    private long _lastId;
    private volatile bool _isStopping;

    internal SmtpServer(FrontendSettings settings, SessionServices services, ILoggerFactory loggers)
    {
        (_settings, _services) = (settings, services);
        _logger = services.Logger;
        _counter = new ConnectionCounter(settings.Limits.MaxConnections, settings.Limits.MaxConnectionsPerAddress);
        _transport = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { Backlog = 1024, MaxReadBufferSize = MaxReadBuffer, MaxWriteBufferSize = MaxReadBuffer }), loggers);
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
            _listeners.Add((listener, AcceptAsync(listener)));
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        foreach (var (listener, _) in _listeners) await listener.UnbindAsync(CancellationToken.None);
        await Task.WhenAll(_listeners.Select(listener => listener.Loop));
        foreach (var session in _sessions.Values) session.Session.Stop();
        var all = Task.WhenAll(_sessions.Values.Select(session => session.Run));
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
    public void Dispose() => _aborted.Dispose();

    private async Task<IConnectionListener> BindAsync(string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.BindAsync(IPEndPoint.Parse(endpoint), cancellationToken);
        }
        catch (Exception e) when (e is AddressInUseException or System.Net.Sockets.SocketException)
        {
            var reason = e is AddressInUseException ? "the port is in use" : e.Message;
            throw new ListenerException($"the listener {endpoint} cannot be opened: {reason}", e);
        }
    }

    private async Task AcceptAsync(IConnectionListener listener)
    {
        try
        {
            while (await listener.AcceptAsync() is { } connection) Begin(connection);
        }
        catch (Exception e)
        {
            _logger.ListenerFailed(e, listener.EndPoint);
        }
    }

    private void Begin(ConnectionContext connection)
    {
        var id = Interlocked.Increment(ref _lastId);
        var client = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (client.IsIPv4MappedToIPv6) client = client.MapToIPv4();
        var session = new SmtpSession(id.ToString("x", CultureInfo.InvariantCulture), connection.Transport, client, _services);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Registered before it runs, so that stopping sees every session.
        _sessions[id] = (session, client, RunAsync(id, connection, session, client, begun.Task));
        begun.SetResult();
    }

    private async Task RunAsync(long id, ConnectionContext connection, SmtpSession session, IPAddress client, Task begun)
    {
        await begun;
        var name = id.ToString("x", CultureInfo.InvariantCulture);
        var isWithinLimits = _counter.Enter(client);
        try
        {
            _logger.Opened(name, client);
            if (isWithinLimits) await session.RunAsync(_aborted.Token);
            else await RefuseAsync(connection, client, name);
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException or OperationCanceledException)
        {
            // The client has gone, or the grace is over: nothing of an unfinished message is kept.
            connection.Abort();
        }
        catch (Exception e)
        {
            _logger.Failed(e, name, client);
            connection.Abort();
        }
        finally
        {
            session.Dispose();
            await CloseAsync(connection);
            _counter.Leave(client);
            _sessions.TryRemove(id, out _);
            _logger.Closed(name, client);
        }
    }

    private async ValueTask RefuseAsync(ConnectionContext connection, IPAddress client, string session)
    {
        _services.LogRefusal(client, session, Replies.TooManyConnections);
        await connection.Transport.Output.WriteAsync(Replies.TooManyConnections, _aborted.Token);
    }

    // Closing waits until the client has read what it was told, which it may never do.
    private async Task CloseAsync(ConnectionContext connection)
    {
        var closing = connection.DisposeAsync().AsTask();
        try
        {
            await closing.WaitAsync(Linger, _services.Time, _aborted.Token);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            connection.Abort();
            await closing;
        }
    }
}
