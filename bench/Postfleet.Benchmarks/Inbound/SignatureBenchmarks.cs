using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Core.Mail;
using Postfleet.Dns;

namespace Postfleet.Benchmarks.Inbound;

/// <summary>One DKIM signature, or an ARC chain of one set, over a message; lookups cost nothing. RSA keys have 2048 bits.</summary>
public class SignatureBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private FixedKey _dns = null!;
    private DkimPrivateKey _key = null!;
    private DkimSigning _signing = null!;
    private byte[] _plain = [];
    private byte[] _signed = [];
    private byte[] _sealed = [];

    [Params(4 * 1024, 100 * 1024)]
    public int Octets { get; set; }

    [Params("rsa-sha256", "ed25519-sha256")]
    public string Algorithm { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        _plain = Mail.Content(Octets);
        using var rsa = RSA.Create(2048);
        var text = Algorithm == "rsa-sha256" ? rsa.ExportPkcs8PrivateKeyPem() : Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _key = DkimPrivateKey.TryRead(text, out var key, out var error) ? key : throw new InvalidOperationException(error);
        _dns = new FixedKey(_key.Record);
        var domain = Mailbox.Parse("joe@example.org").Domain;
        _signing = new DkimSigning(domain, "sel", Now) { SignedFields = ["From", "From", "To", "Subject", "Date", "Message-ID"] };
        _signed = [.. Sign(), .. _plain];
        var sealing = new ArcSealing(domain, "sel", Now, "mx.example.org") { SignedFields = _signing.SignedFields };
        _sealed = [.. ArcSealer.Seal(MessageHeader.Read(_plain), new ArcResult(ArcStatus.None, ""), sealing, _key)!, .. _plain];
    }

    [Benchmark]
    public async Task<DkimStatus> Verify() =>
        (await DkimVerifier.VerifyAsync(MessageHeader.Read(_signed), _dns, Now, DkimVerifier.DefaultMaxSignatures, default))[0].Status;

    [Benchmark]
    public byte[] Sign() => DkimSigner.Sign(MessageHeader.Read(_plain), _signing, _key);

    [Benchmark]
    public async Task<ArcStatus> VerifyChain() => (await ArcVerifier.VerifyAsync(MessageHeader.Read(_sealed), _dns, Now, default)).Status;

    private sealed class FixedKey(string record) : IDnsLookup
    {
        private readonly DnsAnswer<string> _answer = new(DnsStatus.Found, [record], false);

        public ValueTask<DnsAnswer<string>> TextAsync(string name, CancellationToken cancellation) => new(_answer);

        public ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask<DnsAnswer<string>> MailExchangersAsync(string name, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask<DnsAnswer<string>> PointersAsync(IPAddress address, CancellationToken cancellation) =>
            throw new NotSupportedException();
    }
}
