using System.Buffers;
using System.Text;
using System.Text.Json;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Inbound;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Spf;
using Postfleet.Configuration;
using Postfleet.Core.Returns;
using Postfleet.Dns;
using Postfleet.Node.Options;

namespace Postfleet.Node.Cli;

/// <summary>
/// The verb <c>inspect</c>: prints as JSON what SPF, DKIM, DMARC and ARC say of a message in a file, and what it reports if it is a
/// delivery report or a complaint. It asks the DNS servers of the configuration, and no node.
/// </summary>
internal static class Inspection
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Inspects a message.</summary>
    /// <param name="options">The configuration: DNS servers, host name, limits.</param>
    /// <param name="file">The file; <c>-</c> for standard input.</param>
    /// <param name="origin">The client and its envelope; null if unknown.</param>
    /// <param name="surroundings">The working directory and the output.</param>
    /// <param name="cancellationToken">Ends the lookups.</param>
    /// <returns>Null, or the reason of a failure as a line of text.</returns>
    public static async Task<string?> RunAsync(
        PostfleetOptions options, string file, SpfRequest? origin, Surroundings surroundings, CancellationToken cancellationToken)
    {
        var octets = Array.Empty<byte>();
        var limit = options.Smtp.MaxMessageSize.Bytes;
        var isTooLong = false;
        var fault = FileFaults.Try(() =>
        {
            using var input = file == "-" ? Console.OpenStandardInput()
                : File.OpenRead(Path.GetFullPath(file, surroundings.WorkingDirectory));
            octets = Read(input, limit, out isTooLong);
        });
        if (fault is not null) return $"{file} cannot be read: {fault}";
        if (isTooLong) return $"{file} is longer than Smtp:MaxMessageSize, which is {options.Smtp.MaxMessageSize}";
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging().AddDns(options.Dns)
            .BuildServiceProvider();
        var found = await new MessageAuthenticator(services.GetRequiredService<IDnsLookup>(), TimeProvider.System).CheckAsync(
            new ReadOnlySequence<byte>(octets), origin, options.Inbound.CheckTime, cancellationToken);
        var service = options.Inbound.ServiceOn(options.Node.Hostname);
        await surroundings.Output.WriteLineAsync(ToJson(found, service, ReturnedMailReader.Read(new ReadOnlySequence<byte>(octets))));
        return null;
    }

    // Reads up to the limit, and tells whether there is more.
    private static byte[] Read(Stream input, long limit, out bool isTooLong)
    {
        using var octets = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while (octets.Length <= limit && (read = input.Read(buffer)) > 0) octets.Write(buffer, 0, read);
        isTooLong = octets.Length > limit;
        return octets.ToArray();
    }

    private static string ToJson(MessageAuthentication found, string service, ReturnedMail? returned)
    {
        var octets = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(octets, Indented))
        {
            json.WriteStartObject();
            if (found.Spf is { } spf && found.Origin is { } origin) Write(json, spf, origin);
            json.WriteStartArray("dkim");
            foreach (var signature in found.Dkim) Write(json, signature);
            json.WriteEndArray();
            Write(json, found.Arc);
            if (found.Dmarc is { } dmarc) Write(json, dmarc);
            json.WriteString("authenticationResults", Unfolded(AuthenticationResultsWriter.Write(service, found.ToMethodResults())));
            if (returned is not null) InspectedReport.Write(json, returned);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(octets.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, SpfOutcome spf, SpfRequest origin)
    {
        json.WriteStartObject("spf");
        json.WriteString("result", ReceivedSpf.Word(spf.Result));
        json.WriteString("identity", spf.Identity == SpfIdentity.Helo ? "helo" : "mailfrom");
        json.WriteString("domain", spf.Domain);
        json.WriteString("client", origin.Client.ToString());
        json.WriteString("mechanism", spf.Mechanism);
        json.WriteString("explanation", spf.Explanation);
        json.WriteString("problem", spf.Problem);
        json.WriteNumber("lookups", spf.Lookups);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DkimResult signature)
    {
        json.WriteStartObject();
        json.WriteString("result", signature.ToMethodResult().Result);
        json.WriteString("reason", signature.Reason);
        json.WriteString("domain", signature.Domain?.Value);
        json.WriteString("selector", signature.Selector);
        json.WriteString("identity", signature.Identity);
        json.WriteString("algorithm", signature.Algorithm);
        json.WriteNumber("keyBits", signature.KeyBits);
        json.WriteBoolean("isTesting", signature.IsTesting);
        json.WriteBoolean("hasUnsignedBody", signature.HasUnsignedBody);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ArcResult arc)
    {
        json.WriteStartObject("arc");
        json.WriteString("result", arc.ToMethodResult().Result);
        json.WriteString("reason", arc.Reason);
        json.WriteStartArray("sets");
        foreach (var set in arc.Sets)
        {
            json.WriteStartObject();
            json.WriteNumber("instance", set.Instance);
            json.WriteString("domain", set.Domain.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DmarcEvaluation dmarc)
    {
        json.WriteStartObject("dmarc");
        json.WriteString("result", DmarcWords.Of(dmarc.Result));
        json.WriteString("policy", DmarcWords.Of(dmarc.Policy));
        json.WriteString("reason", dmarc.Reason);
        json.WriteStartArray("authors");
        foreach (var author in dmarc.Authors)
        {
            json.WriteStartObject();
            json.WriteString("domain", author.Author);
            json.WriteString("policyDomain", author.PolicyDomain);
            json.WriteString("organizationalDomain", author.OrganizationalDomain);
            json.WriteString("publishedPolicy", author.Record is null ? null : DmarcWords.Of(author.PublishedPolicy));
            json.WriteBoolean("isSpfAligned", author.IsSpfAligned);
            json.WriteBoolean("isDkimAligned", author.IsDkimAligned);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Unfolded(string field) => field.TrimEnd().Replace("\r\n", "", StringComparison.Ordinal);
}
