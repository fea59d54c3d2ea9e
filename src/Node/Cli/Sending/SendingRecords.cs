using System.Net;
using System.Net.Sockets;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Spf;
using Postfleet.Configuration;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Dns;
using Postfleet.Node.Options;
using Postfleet.Signing.Stored;

namespace Postfleet.Node.Cli.Sending;

/// <summary>
/// Compares the DNS with what receivers want of a sender: names and addresses that agree, SPF, DKIM and DMARC. It asks the configured DNS
/// servers, and no node. Each finding is a line that says what to publish. <c>check --dns</c> calls it once.
/// </summary>
internal sealed class SendingRecords(IDnsLookup dns, TimeProvider time)
{
    /// <summary>The most places and domains that are looked at; a line tells of further ones.</summary>
    public const int MaxEach = 50;

    /// <summary>The time for all lookups.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    private readonly List<string> _findings = [];

    /// <summary>Looks at all places and domains of a configuration.</summary>
    /// <param name="options">The checked configuration.</param>
    /// <param name="workingDirectory">Where relative names of key files start.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The findings, in the order of the configuration.</returns>
    public async Task<IReadOnlyList<string>> FindAsync(
        PostfleetOptions options, string workingDirectory, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await LookAsync(options, workingDirectory, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _findings.Add($"the DNS has not answered everything within {MaxTime.TotalSeconds:0} s; the rest was not looked at");
        }

        return _findings;
    }

    private async Task LookAsync(PostfleetOptions options, string workingDirectory, CancellationToken cancellationToken)
    {
        var places = Bounded(SendingPlace.Of(options), "places that mail leaves from");
        List<(SendingPlace Place, IPAddress Address)> seen = [];
        foreach (var place in places)
        {
            foreach (var address in await NamesAsync(place, cancellationToken)) seen.Add((place, address));
        }

        var domains = Bounded(
            [
                .. options.Dkim.Select(key => key.Domain).Concat(options.Signing.Required.Select(rule => rule.Domain))
                    .Where(domain => domain != "*").Select(domain => domain.ToLowerInvariant()).Distinct(),
            ], "domains that are signed");
        foreach (var domain in domains)
        {
            await SpfAsync(domain, seen, cancellationToken);
            await DmarcAsync(domain, cancellationToken);
        }

        foreach (var (index, entry) in options.Dkim.Index().Take(MaxEach))
            await DkimAsync(index, entry, Path.GetFullPath(entry.Key, workingDirectory), cancellationToken);
    }

    // The name has the addresses, and each address has the name (forward-confirmed reverse DNS). The public addresses of the place.
    private async Task<IReadOnlyList<IPAddress>> NamesAsync(SendingPlace place, CancellationToken cancellationToken)
    {
        var at = $"{place.Key}: ";
        foreach (var hidden in place.Addresses.Where(address => !SendingPlace.IsPublic(address)))
            _findings.Add($"{at}{hidden} is not seen on the Internet; what the DNS has for the address behind it was not looked at");
        var known = new List<IPAddress>();
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            var answer = await dns.AddressesAsync(place.Hostname, family, cancellationToken);
            if (answer.Status == DnsStatus.Failed)
            {
                _findings.Add($"{at}the addresses of {place.Hostname} cannot be looked up");
                return [.. place.Addresses.Where(SendingPlace.IsPublic)];
            }

            known.AddRange(answer.Records);
        }

        if (known.Count == 0 && place.Addresses.Count == 0)
        {
            _findings.Add($"{at}{place.Hostname}, the name in EHLO, has no address in the DNS; publish an A record with the address that "
                + "mail leaves from");
            return [];
        }

        var addresses = (place.Addresses.Count > 0 ? place.Addresses : known).Where(SendingPlace.IsPublic).ToArray();
        foreach (var address in addresses)
        {
            if (!known.Contains(address)) _findings.Add($"{at}{place.Hostname}, the name in EHLO, has not the address {address}; publish: "
                + $"{place.Hostname}. IN {(address.AddressFamily == AddressFamily.InterNetwork ? "A" : "AAAA")} {address}");
            await PointerAsync(at, place, address, cancellationToken);
        }

        return addresses;
    }

    private async Task PointerAsync(string at, SendingPlace place, IPAddress address, CancellationToken cancellationToken)
    {
        var answer = await dns.PointersAsync(address, cancellationToken);
        if (answer.Status == DnsStatus.Failed)
        {
            _findings.Add($"{at}the name of {address} cannot be looked up");
        }
        else if (!answer.Records.Contains(place.Hostname, StringComparer.OrdinalIgnoreCase))
        {
            var names = answer.Records.Length == 0 ? "no name" : $"the name {string.Join(", ", answer.Records.Take(3).Select(Printable))}";
            _findings.Add($"{at}{address} has {names} in the DNS, and large providers refuse its mail; have the owner of the network "
                + $"publish a PTR record with {place.Hostname}.");
        }
    }

    private async Task SpfAsync(
        string domain, IReadOnlyList<(SendingPlace Place, IPAddress Address)> seen, CancellationToken cancellationToken)
    {
        List<IPAddress> refused = [];
        foreach (var (place, address) in seen)
        {
            var outcome = await new SpfEvaluator(dns).CheckAsync(
                new SpfRequest(address, place.Hostname, $"postmaster@{domain}", place.Hostname), time.GetUtcNow(), cancellationToken);
            switch (outcome.Result)
            {
                case SpfResult.Pass:
                    break;
                case SpfResult.None:
                    var all = string.Concat(seen.Select(each => $"{Term(each.Address)} ").Distinct());
                    _findings.Add($"{domain} has no SPF record; publish: {domain}. IN TXT \"v=spf1 {all}-all\"");
                    return;
                case SpfResult.TempError or SpfResult.PermError:
                    _findings.Add($"the SPF record of {domain} gives {ReceivedSpf.Word(outcome.Result)}: {outcome.Problem}");
                    return;
                default:
                    refused.Add(address);
                    break;
            }
        }

        if (refused.Count > 0)
            _findings.Add($"the SPF record of {domain} does not allow {string.Join(", ", refused.Distinct())}; add to it: "
                + string.Join(' ', refused.Distinct().Select(Term)));
    }

    // The owner of an address names it as he likes.
    private static string Printable(string name) => string.Concat(name.Select(c => c is > ' ' and <= '~' ? c : '?'));

    private static string Term(IPAddress address) => $"{(address.AddressFamily == AddressFamily.InterNetwork ? "ip4" : "ip6")}:{address}";

    private async Task DmarcAsync(string domain, CancellationToken cancellationToken)
    {
        if (!DomainName.TryParse(domain, out var name)) return;
        var found = await new DmarcEvaluator(dns).EvaluateAsync(new DmarcRequest([name], true, null, []), cancellationToken);
        if (found.Result == DmarcResult.TempError) _findings.Add($"the DMARC record of {domain} cannot be looked up");
        else if (found.Authors is [{ Record: null }]) _findings.Add($"{domain} has no DMARC record; publish: _dmarc.{domain}. IN TXT "
            + $"\"v=DMARC1; p=none; rua=mailto:postmaster@{domain}\"");
    }

    private async Task DkimAsync(int index, Signing.Options.DkimKeyOptions entry, string file, CancellationToken cancellationToken)
    {
        // The file was read by the checks before, so that a fault has its line.
        if (SecretFile.TryReadText(file, out var text) is not null || !DkimPrivateKey.TryRead(text, out var key, out _)) return;
        using (key)
        {
            var place = $"{entry.Selector}._domainkey.{entry.Domain}".ToLowerInvariant();
            var problem = RecordCheck.Of(await dns.TextAsync(place, cancellationToken), key.Record) switch
            {
                RecordSight.Published => null,
                RecordSight.Unknown => $"the record at {place} cannot be looked up",
                RecordSight.Missing => $"the DNS has no record at {place}, so receivers cannot verify the key; publish: "
                    + $"{place}. IN TXT \"{key.Record}\"",
                _ => $"the DNS has another record at {place}, or several, so receivers cannot verify the key; publish alone: "
                    + $"{place}. IN TXT \"{key.Record}\"",
            };
            if (problem is not null) _findings.Add($"Dkim:{index}:Key: {problem}");
        }
    }

    private List<T> Bounded<T>(IReadOnlyList<T> all, string what)
    {
        if (all.Count > MaxEach) _findings.Add($"{all.Count - MaxEach} further {what} were not looked at: {MaxEach} at most are");
        return [.. all.Take(MaxEach)];
    }
}
