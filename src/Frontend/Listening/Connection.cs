using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Listening;

/// <summary>One connection from accepting to closing: it is counted, served if there is room for it, and closed in bounded time.</summary>
internal sealed class Connection(
    long id, ConnectionContext transport, ListenerOptions listener, SessionProfile profile, SessionServices services,
    ConnectionCounter counter, NetworkSet proxies, Action hurryAll)
{
    private volatile SmtpSession? _session;

    private readonly string _name = id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Serves it to its end. Throws nothing.</summary>
    /// <param name="stopping">Asks the session to end: at once when it waits for a command, after its message when it is in DATA.</param>
    /// <param name="aborted">Ends it wherever it is.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborted)
    {
        var peer = Unmapped((transport.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None);
        var hasRoom = counter.Enter();
        try
        {
            services.Logger.Opened(_name, peer);
            Judge();
            if (!hasRoom) await RefuseAsync(peer, aborted);
            else if (await FindClientAsync(peer, stopping, aborted) is { } client) await ServeAsync(client, stopping, aborted);
        }
        catch (Exception e) when (
            e is ConnectionResetException or ConnectionAbortedException or IOException or TimeoutException or OperationCanceledException)
        {
            // The client has gone or reads nothing, or the grace is over: nothing of an unfinished message is kept.
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
            Judge();
            services.Logger.Closed(_name, peer);
        }
    }

    /// <summary>The server is near its limit of connections. Thread-safe.</summary>
    public void Hurry() => _session?.Hurry();

    private void Judge()
    {
        var count = counter.Count;
        if (services.Stress.Update(count) is not { } begins) return;
        if (begins)
        {
            services.Logger.StressBegan(count, services.Limits.MaxConnections, FrontendLimits.StressTimeout);
            hurryAll();
        }
        else
        {
            services.Logger.StressEnded(count);
        }
    }

    // Null when the connection is no proxy's that may speak for others: then there is nobody to talk to. One that ends without an octet is
    // a balancer's check, and no fault.
    private async ValueTask<IPAddress?> FindClientAsync(IPAddress peer, CancellationToken stopping, CancellationToken aborted)
    {
        if (!listener.ProxyProtocol) return peer;
        if (!proxies.Contains(peer)) return Refused("it is not among Smtp:TrustedProxies");
        using var limit = new CancellationTokenSource(FrontendLimits.ProxyHeader, services.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping, aborted);
        try
        {
            var (client, isSilent) = await ProxyReader.ReadAsync(transport.Transport.Input, peer, any.Token);
            return client ?? (isSilent ? null : Refused("its PROXY header is missing or malformed"));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Refused("its PROXY header took too long");
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
        var isProxy = listener.ProxyProtocol && proxies.Contains(client);
        await using var session = new SmtpSession(_name, transport.Transport, client, services, profile, isProxy);
        _session = session;
        await using var stop = stopping.UnsafeRegister(static session => ((SmtpSession)session!).Stop(), session);
        await session.RunAsync(aborted);
    }

    private async ValueTask RefuseAsync(IPAddress client, CancellationToken aborted)
    {
        services.LogRefusal(client, _name, Replies.TooManyConnections, "the connection"u8, "");
        // Where TLS comes first, a reply in the clear would be noise.
        if (!listener.ImplicitTls) await transport.Transport.Output.WriteAsync(Replies.TooManyConnections, aborted);
    }

    // Closing waits until the client has read what it was told, which it may never do.
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
