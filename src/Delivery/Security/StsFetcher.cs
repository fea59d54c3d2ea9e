using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Security;

/// <summary>Fetches policies. Thread-safe.</summary>
internal interface IStsFetcher
{
    /// <summary>The time for a fetch, with the wait for its turn.</summary>
    static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(15);

    /// <summary>Fetches the policy of a domain. Faults of servers never throw.</summary>
    /// <returns>The policy, or null and the reason.</returns>
    Task<(StsPolicy? Policy, string Problem)> FetchAsync(string domain);
}

/// <summary>
/// Fetches policies over HTTPS (RFC 8461 section 3.3): the certificate of <c>mta-sts.DOMAIN</c> must be valid, redirections are not
/// followed, and size, time and the number of fetches at a time are bounded. Strangers choose the name, so the addresses that no mail host
/// may have are not connected to. Used by <see cref="StsPolicies"/> on any thread.
/// </summary>
/// <param name="options">The options in force.</param>
/// <param name="tls">The trusted authorities in force.</param>
/// <param name="dns">The resolver.</param>
/// <param name="own">The addresses of this cluster.</param>
/// <param name="time">The clock.</param>
internal sealed class StsFetcher(
    Func<DeliveryTlsOptions> options, Func<TlsClient> tls, IMailDns dns, MailLoopDetector own, TimeProvider time) : IStsFetcher, IDisposable
{
    /// <summary>Most fetches at a time.</summary>
    public const int MaxConcurrent = 20;

    private const int MaxHeader = 16;

    private readonly SemaphoreSlim _turns = new(MaxConcurrent);

    /// <inheritdoc/>
    public async Task<(StsPolicy? Policy, string Problem)> FetchAsync(string domain)
    {
        using var limit = new CancellationTokenSource(IStsFetcher.MaxTime, time);
        var hasTurn = false;
        try
        {
            await _turns.WaitAsync(limit.Token);
            hasTurn = true;
            return await FetchAsync(domain, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return (null, $"there was no answer within {IStsFetcher.MaxTime.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or InvalidOperationException)
        {
            return (null, e.GetBaseException().Message);
        }
        finally
        {
            if (hasTurn) _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task<(StsPolicy? Policy, string Problem)> FetchAsync(string domain, CancellationToken cancellationToken)
    {
        var host = $"mta-sts.{domain}";
        var client = tls();
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxResponseHeadersLength = MaxHeader,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectCallback = (context, token) => ConnectAsync(context.DnsEndPoint, token),
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = TlsClient.NewPolicy(),
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => client.IsTrusted(certificate, chain, errors),
            },
        };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new UriBuilder(Uri.UriSchemeHttps, host, options().MtaStsPort, "/.well-known/mta-sts.txt").Uri);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK) return (null, $"the server says {(int)response.StatusCode}");
        if (response.Content.Headers.ContentType is not { } type
            || !"text/plain".Equals(type.MediaType, StringComparison.OrdinalIgnoreCase))
            return (null, "the content is not text/plain");
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (await ReadAsync(content, cancellationToken) is not { } text)
            return (null, $"the policy is longer than {StsPolicyParser.MaxText} octets");
        return StsPolicyParser.TryParse(text, out var policy, out var problem) ? (policy, "") : (null, $"the policy is invalid: {problem}");
    }

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        var answer = await dns.FindAddressesAsync(endpoint.Host, cancellationToken);
        SocketException? failure = null;
        foreach (var address in answer.Addresses.Where(address => !own.IsOwnAddress(address, endpoint.Port)))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failure = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure ?? (Exception)new IOException($"{endpoint.Host} has no address that can be used: {answer.Problem}".TrimEnd(' ', ':'));
    }

    // Null for a text that is too long.
    private static async ValueTask<string?> ReadAsync(Stream content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(StsPolicyParser.MaxText + 1);
        try
        {
            var length = await content.ReadAtLeastAsync(
                buffer.AsMemory(0, StsPolicyParser.MaxText + 1), StsPolicyParser.MaxText + 1, throwOnEndOfStream: false, cancellationToken);
            return length > StsPolicyParser.MaxText ? null : Encoding.UTF8.GetString(buffer, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
