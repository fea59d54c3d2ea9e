using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// A connection from accepting to closing: counts it, reads the PROXY header, runs the session within the limits of connections, and
/// closes the connection in bounded time. Created and run by <see cref="SmtpServer"/>.
/// </summary>
internal sealed class Connection(
    long id, ConnectionContext transport, ListenerOptions listener, SessionProfile profile, SessionServices services,
    ConnectionCounter counter, NetworkSet proxies, Action shortenDeadlines)
{
    private volatile SmtpSession? _session;

    private readonly string _name = id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Serves the connection to its end. Throws nothing.</summary>
    /// <param name="stopping">Asks the session to end: at once outside of a transaction, otherwise after it, also while it receives
    /// content.</param>
    /// <param name="aborted">Ends the session in any state.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborted)
    {
        var peer = Unmapped((transport.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None);
        var isWithinLimit = counter.Enter();
        FrontendMetrics.ConnectionOpened(profile.Listener);
        try
        {
            services.Logger.Opened(_name, peer);
            UpdateStress();
            if (!isWithinLimit) await RefuseAsync(peer, aborted);
            else if (await FindClientAsync(peer, stopping, aborted) is { } client) await ServeAsync(client, stopping, aborted);
        }
        catch (Exception e) when (
            e is ConnectionResetException or ConnectionAbortedException or IOException or TimeoutException or OperationCanceledException)
        {
            // The client has left or does not read, or the grace period is over. An unfinished message is dropped.
            transport.Abort();
        }
        catch (Exception e)
        {
            services.Logger.Failed(e, _name, peer);
            transport.Abort();
        }
        finally
        {
            await CloseAsync(aborted);
            counter.Leave();
            FrontendMetrics.ConnectionClosed(profile.Listener);
            UpdateStress();
            services.Logger.Closed(_name, peer);
        }
    }

    /// <summary>Shortens the deadline of an untrusted client, since stress mode has begun. Thread-safe.</summary>
    public void ShortenDeadline() => _session?.ShortenDeadline();

    private void UpdateStress()
    {
        var count = counter.Count;
        if (services.Stress.Update(count) is not { } begins) return;
        if (begins)
        {
            services.Logger.StressBegan(count, services.Limits.MaxConnections, FrontendLimits.StressTimeout);
            shortenDeadlines();
        }
        else
        {
            services.Logger.StressEnded(count);
        }
    }

    // The client's address; null where the peer is not a trusted proxy or sends no valid header. A connection without an octet is a load
    // balancer's health check and is not logged.
    private async ValueTask<IPAddress?> FindClientAsync(IPAddress peer, CancellationToken stopping, CancellationToken aborted)
    {
        if (!listener.ProxyProtocol) return peer;
        if (!proxies.Contains(peer)) return Refused("not among Smtp:TrustedProxies");
        using var limit = new CancellationTokenSource(FrontendLimits.ProxyHeader, services.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping, aborted);
        try
        {
            var (client, isSilent) = await ProxyReader.ReadAsync(transport.Transport.Input, peer, any.Token);
            return client ?? (isSilent ? null : Refused("PROXY header missing or malformed"));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Refused($"no complete PROXY header within {FrontendLimits.ProxyHeader.TotalSeconds:0} s");
        }

        IPAddress? Refused(string reason)
        {
            services.LogProxyRefusal(peer, _name, reason);
            return null;
        }
    }

    private async ValueTask ServeAsync(IPAddress client, CancellationToken stopping, CancellationToken aborted)
    {
        try
        {
            if (counter.Enter(client)) await RunSessionAsync(client, stopping, aborted);
            else await RefuseAsync(client, aborted);
        }
        finally
        {
            counter.Leave(client);
        }
    }

    private async ValueTask RunSessionAsync(IPAddress client, CancellationToken stopping, CancellationToken aborted)
    {
        FrontendMetrics.SessionBegan(profile.Listener);
        var isProxy = listener.ProxyProtocol && proxies.Contains(client);
        await using var session = new SmtpSession(_name, transport.Transport, client, services, profile, isProxy);
        _session = session;
        await using var stop = stopping.UnsafeRegister(static session => ((SmtpSession)session!).Stop(), session);
        await session.RunAsync(aborted);
    }

    private async ValueTask RefuseAsync(IPAddress client, CancellationToken aborted)
    {
        FrontendMetrics.Rejected(profile.Listener, Replies.TooManyConnections);
        services.LogRefusal(client, _name, Replies.TooManyConnections, "the connection"u8, "");
        // With implicit TLS, a client does not understand a reply in the clear.
        if (!listener.ImplicitTls) await transport.Transport.Output.WriteAsync(Replies.TooManyConnections, aborted);
    }

    // Closing waits until the client has read the last reply, for a bounded time.
    private async Task CloseAsync(CancellationToken aborted)
    {
        var closing = transport.DisposeAsync().AsTask();
        try
        {
            await closing.WaitAsync(FrontendLimits.Linger, services.Time, aborted);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            transport.Abort();
            await closing;
        }
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
