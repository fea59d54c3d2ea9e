namespace Postfleet.Core.Queueing;

/// <summary>
/// How an attempt reached the remote host, for history. A connection makes one of these and its attempts add the duration only. Texts are
/// empty where there is nothing to say: mail that leaves over no network has no addresses, and a plain connection has no TLS.
/// </summary>
/// <param name="Address">The IP address of the remote host.</param>
/// <param name="Source">The IP address of this host on the connection.</param>
/// <param name="TlsVersion">The version of TLS, such as <c>TLSv1.3</c>.</param>
/// <param name="TlsCipher">The cipher suite, such as <c>TLS_AES_256_GCM_SHA384</c>.</param>
/// <param name="Duration">The time from the arrival of the job at the connection to the last reply.</param>
public sealed record AttemptDetails(string Address, string Source, string TlsVersion, string TlsCipher, TimeSpan Duration)
{
    /// <summary>The details of a connection over no network.</summary>
    public static AttemptDetails Local { get; } = new("", "", "", "", TimeSpan.Zero);

    /// <summary>
    /// The details of an attempt that continued at another host: what both hosts share, and the duration of both. The addresses of the
    /// hosts stand in the outcomes of the recipients.
    /// </summary>
    /// <param name="later">The details at the other host, with the duration of the whole attempt.</param>
    public AttemptDetails ContinuedAt(AttemptDetails later) => new(
        Shared(Address, later.Address), Shared(Source, later.Source), Shared(TlsVersion, later.TlsVersion),
        Shared(TlsCipher, later.TlsCipher), later.Duration);

    private static string Shared(string first, string second) => first == second ? first : "";
}
