using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Proxy;

/// <summary>
/// The connections of this node to one host behind a proxy. A connection is used for one question or message at a time and then waits for
/// the next for a short time. Connections in use and waiting ones together stay within the limit. A host that cannot be reached, or does
/// not reply in time, is left alone for a while (<see cref="ProxyHealth"/>). Used by sessions on any thread.
/// </summary>
internal sealed class ProxyPool(
    DeliveryTarget target, Func<DeliveryTarget, CancellationToken, ValueTask<ConnectResult>> connect, Func<ProxyLimits> limits,
    TimeProvider time, ILogger logger)
{
    /// <summary>Most clients that wait for a connection; further ones are told to come again.</summary>
    public const int MaxWaiting = 1000;

    /// <summary>How long a client waits for a connection.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);

    /// <summary>How long a connection may take, with TLS, the greeting and EHLO.</summary>
    public static readonly TimeSpan MaxConnect = TimeSpan.FromSeconds(10);

    /// <summary>How long the host counts as away after a failed connection, or a question without a reply.</summary>
    public static readonly TimeSpan DownFor = TimeSpan.FromSeconds(30);

    /// <summary>How long clients are told to come again after this node had no socket for a connection.</summary>
    public static readonly TimeSpan ShortFor = TimeSpan.FromSeconds(1);

    private static readonly SmtpReply Busy = new(451, new EnhancedStatus(4, 4, 5), "all connections to the host are in use");
    private static readonly SmtpReply TooSlow = new(
        451, new EnhancedStatus(4, 4, 1), $"the host was not ready for mail within {MaxConnect.TotalSeconds:0} s");

    private static readonly SmtpReply NoSocket = new(
        451, new EnhancedStatus(4, 3, 2), $"no socket of this node became free within {MaxConnect.TotalSeconds:0} s");

    private static readonly SmtpReply Unusable = new(451, new EnhancedStatus(4, 3, 5), "the route leads to no host");

    private readonly Lock _lock = new();
    private readonly ProxyHealth _health = new(time);
    private readonly Stack<(IProxiedConnection Connection, long Since)> _idle = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _used;
    private ITimer? _timer;

    /// <summary>Takes a connection for one use.</summary>
    /// <param name="isNew">Whether a connection that waits is not good enough.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>The connection, and whether it was used before; or the reason why there is none.</returns>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<(IProxiedConnection? Connection, bool IsReused, SmtpReply? Reason)> RentAsync(
        bool isNew, CancellationToken cancellationToken)
    {
        if (FindReason() is { } known) return (null, false, known);
        if (!await TryEnterAsync(cancellationToken)) return (null, false, Busy);
        var isTaken = false;
        try
        {
            var waiting = TakeIdle();
            if (waiting is not null && !isNew)
            {
                isTaken = true;
                return (waiting, true, null);
            }

            // Its place in the limit is needed.
            if (waiting is not null) await CloseAsync(waiting);
            var (connection, reason) = await ConnectAsync(cancellationToken);
            isTaken = connection is not null;
            return (connection, false, reason);
        }
        finally
        {
            if (!isTaken) Leave();
        }
    }

    /// <summary>Gives a connection back.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="hasReplied">Whether the host has replied, so that it is not left alone any more.</param>
    public void Return(IProxiedConnection connection, bool hasReplied)
    {
        if (hasReplied) _health.Succeed();
        var now = limits();
        if (!connection.IsUsable || connection.Messages >= now.Messages)
        {
            Leave();
            _ = CloseAsync(connection).AsTask();
            return;
        }

        lock (_lock)
        {
            _idle.Push((connection, time.GetTimestamp()));
            _timer ??= time.CreateTimer(_ => CloseIdle(), null, now.Idle, Timeout.InfiniteTimeSpan);
        }

        Leave();
    }

    /// <summary>Gives a connection back that must not be used again, and closes it at once.</summary>
    public void Drop(IProxiedConnection connection)
    {
        Leave();
        _ = connection.DisposeAsync().AsTask();
    }

    /// <summary>Leaves the host alone for a while, since it does not reply. Connections that wait are closed.</summary>
    /// <param name="reason">The reason that clients get meanwhile.</param>
    public void LeaveAlone(SmtpReply reason)
    {
        List<IProxiedConnection> old;
        lock (_lock)
        {
            old = [.. _idle.Select(waiting => waiting.Connection)];
            _idle.Clear();
        }

        foreach (var connection in old) _ = CloseAsync(connection).AsTask();
        Fail(reason, isLocal: false);
    }

    // A connection that waits may be good even though a new one has failed: hosts limit the connections of a client.
    private SmtpReply? FindReason()
    {
        lock (_lock) return _idle.Count == 0 ? _health.Reason : null;
    }

    private IProxiedConnection? TakeIdle()
    {
        lock (_lock) return _idle.TryPop(out var waiting) ? waiting.Connection : null;
    }

    private async ValueTask<(IProxiedConnection? Connection, SmtpReply? Reason)> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_health.Begin() is { } known) return (null, known);
        var result = await ConnectInTimeAsync(cancellationToken);
        if (result is ConnectResult.Connected { Connection: IProxiedConnection connection }) return (connection, null);
        if (result is ConnectResult.Connected other) await other.Connection.DisposeAsync();
        var refused = result as ConnectResult.Refused;
        var reason = refused?.Reply ?? Unusable;
        Fail(reason, refused is { IsLocal: true });
        return (null, reason);
    }

    // The end of the time says something about the host; a client that leaves says nothing.
    private async ValueTask<ConnectResult> ConnectInTimeAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxConnect, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await connect(target, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return e is NoSocketException ? new ConnectResult.Refused(NoSocket) { IsLocal = true } : new ConnectResult.Refused(TooSlow);
        }
    }

    private void Fail(SmtpReply reason, bool isLocal)
    {
        if (!_health.Fail(reason, isLocal ? ShortFor : DownFor)) return;
        if (isLocal) logger.ProxyShortOfSockets(target.Destination.Value, reason.ToString());
        else logger.ProxyFailed(target.Destination.Value, reason.ToString());
    }

    private async ValueTask<bool> TryEnterAsync(CancellationToken cancellationToken)
    {
        var most = limits().Connections;
        LinkedListNode<TaskCompletionSource> turn;
        lock (_lock)
        {
            if (_used < most)
            {
                _used++;
                return true;
            }

            if (_waiting.Count >= MaxWaiting) return false;
            turn = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await turn.Value.Task.WaitAsync(MaxWait, time, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                // The turn may have come at the same moment: it goes to the next one.
                if (turn.List is not null) _waiting.Remove(turn);
                else LeaveLocked();
            }

            if (e is OperationCanceledException) throw;
            return false;
        }
    }

    private void Leave()
    {
        lock (_lock) LeaveLocked();
    }

    // A turn goes to the client that waits for longest, whose use then counts instead.
    private void LeaveLocked()
    {
        _health.End();
        if (_waiting.First is not { } next)
        {
            _used--;
            return;
        }

        _waiting.RemoveFirst();
        next.Value.TrySetResult();
    }

    private void CloseIdle()
    {
        List<IProxiedConnection> old = [];
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
            var idle = limits().Idle;
            var kept = _idle.Where(waiting => time.GetElapsedTime(waiting.Since) < idle).Reverse().ToList();
            old.AddRange(_idle.Where(waiting => time.GetElapsedTime(waiting.Since) >= idle).Select(waiting => waiting.Connection));
            _idle.Clear();
            foreach (var waiting in kept) _idle.Push(waiting);
            if (kept.Count > 0) _timer = time.CreateTimer(_ => CloseIdle(), null, idle, Timeout.InfiniteTimeSpan);
        }

        foreach (var connection in old) _ = CloseAsync(connection).AsTask();
    }

    private static async ValueTask CloseAsync(IProxiedConnection connection)
    {
        await using var closed = connection;
        await connection.QuitAsync();
    }
}
