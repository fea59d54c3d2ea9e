using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>How a session gets TLS.</summary>
internal static class TlsStart
{
    /// <summary>
    /// Whether a client goes without an octet, as the check of a balancer does: that is no handshake that has failed. One that stays and
    /// says nothing is given up.
    /// </summary>
    public static async ValueTask<bool> IsSilentAsync(
        this SessionServices services, PipeReader input, IPAddress client, string session, Func<bool> isStopping, CancellationToken aborted)
    {
        try
        {
            var (hasSpoken, hasEnded) = await PregreetCheck.LookAsync(input, FrontendLimits.Handshake, services.Time, aborted);
            if (!hasSpoken && !hasEnded && !isStopping()) services.LogTlsFailure(client, session, "it took too long");
            return !hasSpoken;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Does the handshake.</summary>
    /// <returns>The connection under TLS; null when there was no agreement.</returns>
    public static async ValueTask<TlsPipe?> SecureAsync(
        this SessionServices services, IDuplexPipe pipe, bool isImplicit, IPAddress client, string session, CancellationToken aborted)
    {
        using var limit = new CancellationTokenSource(FrontendLimits.Handshake, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        try
        {
            return await services.Tls!.AcceptAsync(pipe, isImplicit, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException
            || (e is OperationCanceledException && !aborted.IsCancellationRequested))
        {
            services.LogTlsFailure(client, session, limit.IsCancellationRequested ? "it took too long" : e.GetBaseException().Message);
            return null;
        }
    }
}
