using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Proxy;

/// <summary>
/// Passes mail on to the hosts of routes, over connections of its own, in the ways of the routes (protocol, TLS, credentials, source
/// addresses, content rules). A connection that has waited and turns out to be dead is replaced once. Thread-safe; one instance serves the
/// node.
/// </summary>
/// <param name="routes">The routes.</param>
/// <param name="connect">Connects to a destination.</param>
/// <param name="limits">The limits in force.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class MailProxy(
    IRouteResolver routes, Func<DeliveryTarget, CancellationToken, ValueTask<ConnectResult>> connect, Func<ProxyLimits> limits,
    TimeProvider time, ILogger logger) : IMailProxy
{
    /// <summary>Time for the replies of the host to a question.</summary>
    public static readonly TimeSpan MaxReply = TimeSpan.FromSeconds(20);

    /// <summary>Time for everything before the final dot.</summary>
    public static readonly TimeSpan MaxBeforeDot = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Time for the whole of a message, from the end of the content: clients wait for ten minutes (RFC 5321 section 4.5.3.2.6).
    /// </summary>
    public static readonly TimeSpan MaxMessage = TimeSpan.FromMinutes(9);

    // Of it, the host has this much for its reply to the final dot: without a reply, the client must repeat the message.
    private static readonly TimeSpan MinEnd = TimeSpan.FromMinutes(1);

    private static readonly SmtpReply Elsewhere = new(451, new EnhancedStatus(4, 3, 5), "the mail does not go to one named host");
    private static readonly SmtpReply NoReply =
        new(451, new EnhancedStatus(4, 4, 2), $"the host has not replied within {MaxReply.TotalSeconds:0} s");

    private static readonly SmtpReply NoAnswer =
        new(451, new EnhancedStatus(4, 4, 2), $"there was no answer within {IMailProxy.MaxQuestion.TotalSeconds:0} s");

    private static readonly SmtpReply TooLate = new(451, new EnhancedStatus(4, 4, 2), "the message could not be passed on in time");

    // Destinations of routes with named hosts: as many as routes. Those of earlier configurations stay.
    private readonly ConcurrentDictionary<DestinationId, ProxyPool> _pools = new();

    /// <inheritdoc/>
    public async Task<ProxyAnswer> AskAsync(
        Mailbox? sender, Mailbox recipient, long? size, string stream, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(IMailProxy.MaxQuestion, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await FindAsync(QueueKey.For(stream, recipient.Domain), either.Token) is { } pool
                ? await AskAsync(pool, sender, recipient, size, either.Token) : new ProxyAnswer(ProxyResult.NotProxied, Elsewhere);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProxyAnswer(ProxyResult.Away, NoAnswer);
        }
    }

    private async ValueTask<ProxyAnswer> AskAsync(
        ProxyPool pool, Mailbox? sender, Mailbox recipient, long? size, CancellationToken cancellationToken)
    {
        for (var isNew = false; ; isNew = true)
        {
            var (connection, isReused, reason) = await pool.RentAsync(isNew, cancellationToken);
            if (connection is null) return new ProxyAnswer(ProxyResult.Away, reason!);
            AskedReply answer;
            try
            {
                answer = await connection.AskAsync(sender, recipient, size).AsTask().WaitAsync(MaxReply, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                answer = new AskedReply(NoReply, IsOwn: true) { HasTimedOut = true };
            }
            catch
            {
                // The answer is not awaited any more, so the connection cannot be used again.
                pool.Drop(connection);
                throw;
            }

            if (answer.HasTimedOut)
            {
                // First: the client that waits for the place of this connection must not be kept waiting by the host, too.
                pool.LeaveAlone(answer.Reply);
                pool.Drop(connection);
                return new ProxyAnswer(ProxyResult.Away, answer.Reply);
            }

            var isAway = answer.IsOwn ? answer.Reply.IsTransient : answer.Reply.Code == 421;
            pool.Return(connection, hasReplied: !isAway);
            if (!isAway) return new ProxyAnswer(ProxyResult.Replied, answer.Reply);
            if (!isReused || isNew) return new ProxyAnswer(ProxyResult.Away, answer.Reply);
        }
    }

    /// <inheritdoc/>
    public async Task<ProxiedMessage> SendAsync(Submission message, TimeSpan spent)
    {
        var left = MaxMessage - spent;
        if (left <= MinEnd) return Failed(message, TooLate);
        using var beforeDot = new CancellationTokenSource(left - MinEnd < MaxBeforeDot ? left - MinEnd : MaxBeforeDot, time);
        // Ends the wait for the reply to the final dot, which nothing else ends.
        using var end = new CancellationTokenSource(left, time);
        try
        {
            if (await FindAsync(message, beforeDot.Token) is not { } pool) return Failed(message, Elsewhere) with { IsNotProxied = true };
            for (var isNew = false; ; isNew = true)
            {
                var (connection, isReused, reason) = await pool.RentAsync(isNew, beforeDot.Token);
                if (connection is null) return Failed(message, reason!);
                ProxiedMessage? sent;
                try
                {
                    sent = await SendAsync(message, connection, beforeDot.Token, end.Token);
                }
                catch
                {
                    pool.Drop(connection);
                    throw;
                }

                pool.Return(connection, hasReplied: sent?.Outcomes.Any(outcome => !outcome.IsOwn) == true);
                if (sent is not null) return sent;
                if (!isReused || isNew) return Failed(message, TooLate);
            }
        }
        catch (OperationCanceledException) when (beforeDot.IsCancellationRequested)
        {
            return Failed(message, TooLate);
        }
    }

    // Null if the connection was dead before the host replied to this message.
    private async ValueTask<ProxiedMessage?> SendAsync(
        Submission message, IProxiedConnection connection, CancellationToken beforeDot, CancellationToken end)
    {
        var id = new PartId(message.Id, QueueKey.For(message.Stream, message.Recipients[0].Domain));
        var part = new PartEnvelope(message.Recipients)
        {
            Requests = message.Requests.Count == 0 ? []
                : [.. message.Recipients.Select(recipient => message.Requests.GetValueOrDefault(recipient, DsnRequest.None))],
        };
        var spooled = new SpooledPart(id, time.GetUtcNow(), message.Envelope, part, message.Content);
        await using var closing = end.Register(() => _ = connection.DisposeAsync().AsTask());
        var result = await connection.SendAsync(
            spooled, RecipientSet.All(message.Recipients.Count), new FinalDotGuard(null, 0, beforeDot));
        if (result.Status == SendResultKind.Stale) return null;
        if (result.Status == SendResultKind.Aborted) return Failed(message, TooLate);
        var outcomes = new ProxyOutcome?[message.Recipients.Count];
        foreach (var outcome in result.Outcomes)
        {
            foreach (var index in outcome.Recipients.Indexes())
                outcomes[index] = new ProxyOutcome(message.Recipients[index], outcome.Reply, outcome.RemoteHost.Length == 0);
        }

        // A host that limits the transactions of a connection leaves recipients without an outcome.
        ProxyOutcome[] all =
            [.. outcomes.Select((outcome, i) => outcome ?? new ProxyOutcome(message.Recipients[i], TooLate, IsOwn: true))];
        var isLost = Array.Exists(all, outcome => outcome is { IsOwn: true, Reply.IsTransient: true });
        return new ProxiedMessage(all, connection.RemoteHost, isLost && connection.HasSentFinalDot);
    }

    // Null where the recipients have no host, or several: an operator may have moved some of them since the questions.
    private async ValueTask<ProxyPool?> FindAsync(Submission message, CancellationToken cancellationToken)
    {
        ProxyPool? all = null;
        foreach (var domain in message.Recipients.Select(recipient => recipient.Domain).Distinct())
        {
            var pool = await FindAsync(QueueKey.For(message.Stream, domain), cancellationToken);
            if (pool is null || (all is not null && all != pool)) return null;
            all = pool;
        }

        return all;
    }

    // Null also for moved mail, which goes by the queue: there the operator sees it.
    private async ValueTask<ProxyPool?> FindAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        var route = await routes.ResolveAsync(queue, cancellationToken);
        return route is RouteDecision.Deliver { Redirection: null, Target: { Kind: TargetKind.Smarthost } target }
            ? _pools.GetOrAdd(target.Destination, _ => new ProxyPool(target, connect, limits, time, logger)) : null;
    }

    private static ProxiedMessage Failed(Submission message, SmtpReply reason) =>
        new([.. message.Recipients.Select(recipient => new ProxyOutcome(recipient, reason, IsOwn: true))], "", IsUncertain: false);
}
