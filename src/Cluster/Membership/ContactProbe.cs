using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Finds the reason why a contact does not answer a request to join. Akka gives the same error for an unresolvable name, a closed port and
/// a failed TLS handshake. Called by <see cref="ClusterJoin"/>. Each call opens a connection, makes a TLS handshake and closes the
/// connection.
/// </summary>
/// <param name="tls">The certificate of this node and its validation of peer certificates; null for traffic in the clear.</param>
/// <param name="time">The clock.</param>
internal sealed class ContactProbe(DotNettySslSetup? tls, TimeProvider time)
{
    /// <summary>The longest time for a contact.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long to wait after the handshake for a refusal of this node's certificate: in TLS 1.3 the client's handshake ends first.
    /// </summary>
    private static readonly TimeSpan RefusalLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Probes a contact.</summary>
    /// <param name="host">Its name or address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancellationToken">Cancels the probe.</param>
    /// <returns>The problem, as the end of the sentence "the contact ...".</returns>
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
            return "refuses connections: no process listens on its port";
        }
        catch (SocketException e)
        {
            return $"cannot be reached: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"does not answer within {Limit.TotalSeconds:0} s: the node is down, or the network or a firewall drops connections";
        }

        if (tls is null) return "listens but does not answer: it is in no cluster yet, or it has Cluster:Tls and this node has not";
        try
        {
            return await ShakeHandsAsync(tls, client.GetStream(), host, either.Token) ?? "listens and accepts TLS: it is in no cluster yet";
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return $"fails the TLS handshake with Cluster:Tls of this node: {e.InnerException?.Message ?? e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "listens but does not answer a TLS handshake: it has no Cluster:Tls and this node has";
        }
    }

    // Null when both sides accept the other's certificate.
    private async Task<string?> ShakeHandsAsync(
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
            return "presents a certificate that Cluster:Tls:Authority of this node has not signed";
        }

        using var refusal = new CancellationTokenSource(RefusalLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(refusal.Token, cancellationToken);
        try
        {
            if (await stream.ReadAsync(new byte[1], either.Token) == 0)
                return "closes the connection after it has received this node's certificate";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The contact waits for data, so it has accepted the certificate.
        }

        return null;
    }
}
