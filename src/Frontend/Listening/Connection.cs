using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Postfleet.Core.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Listening;

/// <summary>One connection from accepting to closing: it is counted, served if there is room for it, and closed in bounded time.</summary>
internal sealed class Connection(long id, ConnectionContext transport, ListenerOptions listener, SessionServices services, ConnectionCounter counter)
{
    private readonly string _name = id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Serves it to its end. Throws nothing.</summary>
    /// <param name="stopping">Asks the session to end: at once when it waits for a command, after its message when it is in DATA.</param>
    /// <param name="aborted">Ends it wherever it is.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborted)
    {
        var client = (transport.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (client.IsIPv4MappedToIPv6) client = client.MapToIPv4();
        var isWithinLimits = counter.Enter(client);
        try
        {
            services.Logger.Opened(_name, client);
            if (isWithinLimits) await ServeAsync(client, stopping, aborted);
            else await RefuseAsync(client, aborted);
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException or TimeoutException or OperationCanceledException)
        {
            // The client has gone or reads nothing, or the grace is over: nothing of an unfinished message is kept.
            transport.Abort();
        }
        catch (Exception e)
        {
            services.Logger.Failed(e, _name, client);
            transport.Abort();
        }
        finally
        {
            await CloseAsync(aborted);
            counter.Leave(client);
            services.Logger.Closed(_name, client);
        }
    }

    private async ValueTask ServeAsync(IPAddress client, CancellationToken stopping, CancellationToken aborted)
    {
        await using var session = new SmtpSession(_name, transport.Transport, client, services, listener.ImplicitTls);
        await using var stop = stopping.UnsafeRegister(static session => ((SmtpSession)session!).Stop(), session);
        await session.RunAsync(aborted);
    }

    private async ValueTask RefuseAsync(IPAddress client, CancellationToken aborted)
    {
        services.LogRefusal(client, _name, Replies.TooManyConnections);
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
}
