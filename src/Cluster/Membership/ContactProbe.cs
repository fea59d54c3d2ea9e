using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Finds out why a node that this one wants to join does not answer: the actor system has the same words for a name that does not resolve,
/// a port that nobody listens on and TLS that does not fit. Called by <see cref="ClusterJoin"/>. It opens one connection a call, sends
/// nothing but a TLS handshake, and closes it.
/// </summary>
/// <param name="tls">The certificate of this node and its rule for those of others; null where the cluster's traffic is in the
/// clear.</param>
/// <param name="time">The clock.</param>
internal sealed class ContactProbe(DotNettySslSetup? tls, TimeProvider time)
{
    /// <summary>How long one contact may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a contact has after the handshake to refuse this node's certificate: under TLS 1.3 the client ends its handshake first.
    /// </summary>
    private static readonly TimeSpan RefusalLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks one contact.</summary>
    /// <param name="host">Its name or address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <returns>What is wrong with it, as the end of the sentence "the contact ...".</returns>
    public async Task<string> AskAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, either.Token);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain)
        {
            return "has a name that does not resolve";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "has no process that listens on its port";
        }
        catch (SocketException e)
        {
            return $"cannot be reached: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"does not answer within {Limit.TotalSeconds:0} s: it is down, or its network or a firewall drops connections";
        }

        if (tls is null) return "listens and does not answer: it is in no cluster yet, or has Cluster:Tls and this node has not";
        try
        {
            return await ShakeHandsAsync(tls, client.GetStream(), host, either.Token) ?? "listens and speaks TLS: it is in no cluster yet";
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return $"does not speak TLS as Cluster:Tls of this node has it: {e.InnerException?.Message ?? e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "listens and does not answer a TLS handshake: it has no Cluster:Tls and this node has";
        }
    }

    // Null when both sides trust each other.
    private static async Task<string?> ShakeHandsAsync(
        DotNettySslSetup tls, NetworkStream network, string host, CancellationToken cancellationToken)
    {
        var isRefused = false;
        await using var stream = new SslStream(network);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ClientCertificates = [tls.Certificate],
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        !(isRefused = tls.CustomValidator?
                            .Invoke(certificate as X509Certificate2, chain, host, errors, NoLogger.Instance) is false),
                },
                cancellationToken);
        }
        catch (AuthenticationException) when (isRefused)
        {
            return "shows a certificate that Cluster:Tls:Authority of this node has not signed";
        }

        using var refusal = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        refusal.CancelAfter(RefusalLimit);
        try
        {
            if (await stream.ReadAsync(new byte[1], refusal.Token) == 0)
                return "closes the connection when it has seen this node's certificate";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It waits for what comes next: it has nothing against the certificate.
        }

        return null;
    }
}
