using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>The start of TLS in a session. Called by the session's loop.</summary>
internal static class TlsStart
{
    /// <summary>
    /// Whether the client sends nothing. A client leaving without an octet, as a load balancer's health check does, is not logged as a
    /// failed handshake; a client silent for the time of the handshake is.
    /// </summary>
    public static async ValueTask<bool> IsSilentAsync(
        this SessionServices services, PipeReader input, IPAddress client, string session, Func<bool> isStopping, CancellationToken aborted)
    {
        try
        {
            var (hasSpoken, hasEnded) = await PregreetCheck.WaitForInputAsync(input, FrontendLimits.Handshake, services.Time, aborted);
            if (!hasSpoken && !hasEnded && !isStopping()) services.LogTlsFailure(client, session, "timed out");
            return !hasSpoken;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Does the handshake.</summary>
    /// <returns>The connection under TLS; null when the handshake failed.</returns>
    public static async ValueTask<TlsPipe?> SecureAsync(
        this SessionServices services, IDuplexPipe pipe, ListenerProfile listener, IPAddress client, string session,
        CancellationToken aborted)
    {
        using var limit = new CancellationTokenSource(FrontendLimits.Handshake, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        try
        {
            var secured = await services.Tls!.AcceptAsync(pipe, listener.Tls == ListenerTls.Implicit, either.Token);
            FrontendMetrics.HandshakeEnded(listener, secured.Protocol);
            return secured;
        }
        catch (Exception e) when (e is AuthenticationException or IOException
            || (e is OperationCanceledException && !aborted.IsCancellationRequested))
        {
            FrontendMetrics.HandshakeEnded(listener, null);
            services.LogTlsFailure(client, session, limit.IsCancellationRequested ? "timed out" : e.GetBaseException().Message);
            return null;
        }
    }
}
