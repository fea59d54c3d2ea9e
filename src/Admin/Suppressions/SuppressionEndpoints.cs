using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Users;
using Postfleet.Contracts.Suppression;
using Postfleet.Contracts.Users;
using Postfleet.Core.Mail;
using Postfleet.Core.Suppression;

namespace Postfleet.Admin.Suppressions;

/// <summary>The endpoints of the suppression list.</summary>
internal static class SuppressionEndpoints
{
    private const string DefaultReason = "manual";

    public static void MapSuppressions(this IEndpointRouteBuilder api)
    {
        api.Get<SuppressionList>("/suppressions", SuppressionRoutes.List, ListAsync);
        api.MapPost("/suppressions", ImportAsync).Describe(SuppressionRoutes.Import).Accepts<SuppressionImport>(JsonBody.MediaType)
            .Produces<SuppressionCount>();
        api.MapPut("/suppressions/{target}", PutAsync).Describe(SuppressionRoutes.Put).Accepts<SuppressionBody>(JsonBody.MediaType)
            .Produces<SuppressionView>();
        api.MapDelete("/suppressions/{target}", DeleteAsync).Describe(SuppressionRoutes.Delete).Produces<SuppressionDeletion>();
    }

    private static async Task<JsonHttpResult<SuppressionList>> ListAsync(HttpContext http, ISuppressions list)
    {
        var query = new QueryReader(http);
        var limit = query.Number("limit", SuppressionRoutes.DefaultLimit);
        var filter = new SuppressionListFilter(
            query.Parse("target", SuppressionKey.TargetForm, text => SuppressionKey.TryParseTarget(text, out var target) ? target : null),
            query.Parse("domain", "a domain", text => DomainName.TryParse(text, out var domain) ? domain.Value : null),
            query.Parse("scope", SuppressionKey.ScopeForm, text => SuppressionKey.TryParseScope(text, out var scope) ? scope : null),
            query.Text("reason"));
        var after = ListCursor.Read(query, place => place is { Number: 0 } && place.Name.Contains(' ', StringComparison.Ordinal)) is { } at
            ? new SuppressionKey(at.Name[..at.Name.LastIndexOf(' ')], at.Name[(at.Name.LastIndexOf(' ') + 1)..]) : default;
        if (after.Target is null) after = new SuppressionKey("", "");
        var page = await InTimeAsync(http, token => list.ListAsync(filter, after, limit, token));
        var cursor = page.Next is { } next ? ListCursor.Write(0, $"{next.Target} {next.Scope}") : null;
        return Answer.Json(
            new SuppressionList([.. page.Entries.Select(row => View(row, list.IsOn))], cursor, true, []), ApiJson.Default.SuppressionList);
    }

    private static async Task<JsonHttpResult<SuppressionView>> PutAsync(
        string target, HttpContext http, ISuppressions list, TimeProvider time)
    {
        _ = new QueryReader(http);
        var name = Target(http, target);
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.SuppressionBody);
        var put = Read(body, "", Source(http), time.GetUtcNow());
        if (put.Key.Target != name)
            throw JsonBody.Wrong("target", JsonBody.Cut(body.Target), $"'{name}', the target of the path");
        await InTimeAsync(http, token => list.WriteAsync([put], token));
        var made = await InTimeAsync(http, token => list.FindAsync(put.Key, token));
        return Answer.Json(
            View(made ?? new SuppressionRow(put.Key, put.Reason, put.Source, time.GetUtcNow(), put.ExpiresAt), list.IsOn),
            ApiJson.Default.SuppressionView);
    }

    private static async Task<JsonHttpResult<SuppressionCount>> ImportAsync(HttpContext http, ISuppressions list, TimeProvider time)
    {
        _ = new QueryReader(http);
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.SuppressionImport);
        if (body.Suppressions.Count is 0 or > SuppressionRoutes.MaxListed)
        {
            throw JsonBody.Wrong(
                $"suppressions has {body.Suppressions.Count} entries; allowed: 1 to {SuppressionRoutes.MaxListed}");
        }

        var now = time.GetUtcNow();
        var source = Source(http);
        SuppressionWrite[] writes = [.. body.Suppressions.Select((each, i) => Read(each, $"suppressions[{i}].", source, now))];
        var effects = await InTimeAsync(http, token => list.WriteAsync(writes, token));
        return Answer.Json(
            new SuppressionCount(
                effects.Count(effect => effect == SuppressionEffect.Added),
                effects.Count(effect => effect == SuppressionEffect.Replaced), list.IsOn),
            ApiJson.Default.SuppressionCount);
    }

    private static async Task<JsonHttpResult<SuppressionDeletion>> DeleteAsync(string target, HttpContext http, ISuppressions list)
    {
        var query = new QueryReader(http);
        var scope = query.Parse(
            "scope", SuppressionKey.ScopeForm, text => SuppressionKey.TryParseScope(text, out var read) ? read : null);
        var key = new SuppressionKey(Target(http, target), scope ?? SuppressionKey.AllMail);
        var effects = await InTimeAsync(http, token => list.WriteAsync([new SuppressionRemoval(key)], token));
        return effects[0] == SuppressionEffect.Removed
            ? Answer.Json(new SuppressionDeletion(key.Target, key.ScopeText), ApiJson.Default.SuppressionDeletion)
            : throw new ProblemException(
                ProblemKind.UnknownSuppression, $"no entry of '{key.Target}' with the scope '{key.ScopeText}'");
    }

    private static SuppressionPut Read(SuppressionBody? body, string path, string source, DateTimeOffset now)
    {
        if (body is null) throw JsonBody.Wrong($"{path.TrimEnd('.')} is null; allowed: an object");
        if (!SuppressionKey.TryParseTarget(body.Target, out var target))
            throw JsonBody.Wrong($"{path}target", JsonBody.Cut(body.Target), SuppressionKey.TargetForm);
        if (!SuppressionKey.TryParseScope(body.Scope ?? SuppressionKey.AllMail, out var scope))
            throw JsonBody.Wrong($"{path}scope", JsonBody.Cut(body.Scope!), SuppressionKey.ScopeForm);
        var reason = body.Reason ?? DefaultReason;
        if (reason.Length is 0 or > SuppressionRow.MaxText || reason.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw JsonBody.Wrong(
                $"{path}reason", JsonBody.Cut(reason), $"1 to {SuppressionRow.MaxText} printable ASCII characters");
        }

        try
        {
            return new SuppressionPut(new SuppressionKey(target, scope), reason, source, UserOrders.ReadExpires(body.Expires, now));
        }
        catch (UserFormatException e)
        {
            throw JsonBody.Wrong($"{path}{e.Message}");
        }
    }

    private static string Source(HttpContext http) => $"api:{GateMiddleware.Author(http)}";

    private static string Target(HttpContext http, string routed)
    {
        var given = PathText.Read(http, "target", routed, 1, mayHaveSlash: true);
        return SuppressionKey.TryParseTarget(given, out var target) ? target
            : throw QueryReader.Wrong("target", given, SuppressionKey.TargetForm);
    }

    private static SuppressionView View(SuppressionRow row, bool isApplied) =>
        new(row.Key.Target, row.Key.ScopeText, row.Reason, row.Source, row.CreatedAt, row.ExpiresAt, isApplied);

    private static Task<T> InTimeAsync<T>(HttpContext http, Func<CancellationToken, Task<T>> call) =>
        StorageTime.RunAsync(http, token => new ValueTask<T>(call(token)));
}
