using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Dkim;

/// <summary>The endpoints of the keys in storage that sign mail.</summary>
internal static class DkimEndpoints
{
    // RFC 1035 section 3.3: the length of a text is an octet.
    private const int MaxText = 255;

    private const string NameForm = "a domain name";

    // The name of the record, SELECTOR._domainkey.DOMAIN, is a domain name, too.
    private const int MaxName = 230;

    public static void MapDkim(this IEndpointRouteBuilder api)
    {
        api.Get<DkimKeyList>("/dkim", DkimRoutes.List, ListAsync);
        api.Get<DkimKeyView>("/dkim/{domain}/{selector}", DkimRoutes.Get, GetAsync);
        api.MapPost("/dkim", CreateAsync).Describe(DkimRoutes.Post).Accepts<DkimKeyBody>(JsonBody.MediaType)
            .Produces<DkimKeyView>(StatusCodes.Status201Created);
        api.MapPost("/dkim/{domain}/{selector}/activate", ActivateAsync).Describe(DkimRoutes.Activate).Produces<DkimKeyView>();
        api.MapPost("/dkim/{domain}/{selector}/retire", RetireAsync).Describe(DkimRoutes.Retire).Produces<DkimKeyView>();
    }

    private static async Task<JsonHttpResult<DkimKeyList>> ListAsync(HttpContext http, ISigningKeys keys)
    {
        var query = new QueryReader(http);
        var limit = query.Number("limit", DkimRoutes.DefaultLimit);
        var after = ListCursor.Read(query, place => place is { Number: 0, Name.Length: > 0 })?.Name ?? "";
        var page = await InTimeAsync(http, token => keys.ListAsync(after, limit, token));
        var cursor = page.Count == limit ? ListCursor.Write(0, page[^1].Name) : null;
        return Answer.Json(new DkimKeyList([.. page.Select(key => View(key))], cursor, true, []), ApiJson.Default.DkimKeyList);
    }

    private static async Task<JsonHttpResult<DkimKeyView>> GetAsync(string domain, string selector, HttpContext http, ISigningKeys keys)
    {
        _ = new QueryReader(http);
        var (owner, name) = Parse(http, domain, selector, 1);
        var key = await InTimeAsync(http, token => keys.FindAsync(owner, name, token)) ?? throw NoKey(owner, name);
        return Show(key, await InTimeAsync(http, token => keys.LookAsync(key, token)));
    }

    private static async Task<JsonHttpResult<DkimKeyView>> CreateAsync(HttpContext http, ISigningKeys keys)
    {
        _ = new QueryReader(http);
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.DkimKeyBody);
        var (domain, selector) = (ReadName("domain", body.Domain), ReadName("selector", body.Selector));
        if (domain.Value.Length + selector.Value.Length > MaxName)
            throw JsonBody.Wrong($"domain and selector have more than {MaxName} characters together");
        if (body.Algorithm is not ("rsa" or "ed25519"))
            throw JsonBody.Wrong($"algorithm is '{body.Algorithm}'; allowed: rsa, ed25519");
        var stream = body.Stream.ToLowerInvariant();
        if (stream.Length > 0 && !QueueKey.IsStream(stream))
            throw JsonBody.Wrong($"stream is '{body.Stream}'; allowed: the name of a stream, or empty");
        StoredSigningKey? key;
        try
        {
            key = await InTimeAsync(
                http, token => keys.CreateAsync(domain, selector.Value, stream, body.Algorithm == "ed25519", token));
        }
        catch (SigningKeysFullException e)
        {
            throw new ProblemException(ProblemKind.SigningKeyConflict, e.Message);
        }

        if (key is null)
        {
            throw new ProblemException(
                ProblemKind.SigningKeyConflict, $"'{domain}' has a key with the selector '{selector}' already; allowed: another selector");
        }

        http.Response.Headers.Location = $"/api/v1/dkim/{domain}/{selector}";
        return Show(key, null, StatusCodes.Status201Created);
    }

    private static async Task<JsonHttpResult<DkimKeyView>> ActivateAsync(
        string domain, string selector, HttpContext http, ISigningKeys keys)
    {
        _ = new QueryReader(http);
        var (owner, name) = Parse(http, domain, selector, 2);
        if (await InTimeAsync(http, token => keys.ActivateAsync(owner, name, token)) is { } key) return Show(key);
        if (await InTimeAsync(http, token => keys.FindAsync(owner, name, token)) is null) throw NoKey(owner, name);
        throw new ProblemException(ProblemKind.SigningKeyConflict, $"the key '{name}' of '{owner}' is retired; allowed: a new key");
    }

    private static async Task<JsonHttpResult<DkimKeyView>> RetireAsync(string domain, string selector, HttpContext http, ISigningKeys keys)
    {
        _ = new QueryReader(http);
        var (owner, name) = Parse(http, domain, selector, 2);
        return Show(await InTimeAsync(http, token => keys.RetireAsync(owner, name, token)) ?? throw NoKey(owner, name));
    }

    private static Task<T> InTimeAsync<T>(HttpContext http, Func<CancellationToken, Task<T>> call) =>
        StorageTime.RunAsync(http, token => new ValueTask<T>(call(token)));

    private static JsonHttpResult<DkimKeyView> Show(StoredSigningKey key, RecordSight? dns = null, int status = StatusCodes.Status200OK) =>
        Answer.Json(View(key, dns), ApiJson.Default.DkimKeyView, status);

    private static DkimKeyView View(StoredSigningKey key, RecordSight? dns = null) => new(
        key.Domain.Value, key.Selector, key.Stream, key.Algorithm, Word(key.Phase), key.RecordName,
        [.. key.Record.Chunk(MaxText).Select(text => new string(text))], dns is { } sight ? Word(sight) : null, key.CreatedAt,
        key.PublishedAt, key.SignsFrom, key.RetiredAt, key.KeepRecordUntil, key.Fault);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static (DomainName Domain, string Selector) Parse(HttpContext http, string domain, string selector, int fromEnd)
    {
        var (owner, name) = (PathText.Read(http, "domain", domain, fromEnd + 1), PathText.Read(http, "selector", selector, fromEnd));
        if (!TryReadName(owner, out var parsed)) throw QueryReader.Wrong("domain", owner, NameForm);
        return TryReadName(name, out var found) ? (parsed, found.Value) : throw QueryReader.Wrong("selector", name, NameForm);
    }

    private static DomainName ReadName(string member, string text) =>
        TryReadName(text, out var name) ? name : throw JsonBody.Wrong($"{member} is '{text}'; allowed: {NameForm}");

    private static bool TryReadName(string text, out DomainName name) => DomainName.TryParse(text, out name!) && !name.IsAddressLiteral;

    private static ProblemException NoKey(DomainName domain, string selector) =>
        new(ProblemKind.UnknownSigningKey, $"'{domain}' has no key with the selector '{selector}'");
}
