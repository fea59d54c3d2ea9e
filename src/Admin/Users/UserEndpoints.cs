using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;

namespace Postfleet.Admin.Users;

/// <summary>The endpoints of the users in storage.</summary>
internal static class UserEndpoints
{
    // Of simultaneous changes of a user, the first is made, and the others are made over its result.
    private const int Attempts = 5;

    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        api.Get<UserList>("/users", UserRoutes.List, ListAsync);
        api.Get<UserView>("/users/{name}", UserRoutes.Get, GetAsync);
        api.MapPut("/users/{name}", PutAsync).Describe(UserRoutes.Put).Accepts<UserBody>(JsonBody.MediaType)
            .Produces<UserView>().Produces<UserView>(StatusCodes.Status201Created);
        api.MapDelete("/users/{name}", DeleteAsync).Describe(UserRoutes.Delete).Produces<UserDeletion>();
        api.MapPost("/users/{name}/reset-limits", ResetLimitsAsync).Describe(UserRoutes.ResetLimits).Produces<UserView>();
        api.MapPut("/users/{name}/passwords/{app}", PutPasswordAsync).Describe(UserRoutes.PutPassword)
            .Accepts<AppPasswordBody>(JsonBody.MediaType).Produces<NewAppPassword>();
        api.MapDelete("/users/{name}/passwords/{app}", DeletePasswordAsync).Describe(UserRoutes.DeletePassword).Produces<UserView>();
    }

    private static async Task<JsonHttpResult<UserList>> ListAsync(HttpContext http, IUsers users)
    {
        var query = new QueryReader(http);
        var limit = query.Number("limit", UserRoutes.DefaultLimit);
        var after = ListCursor.Read(query, place => place is { Number: 0, Name.Length: > 0 })?.Name ?? "";
        var page = await InTimeAsync(http, token => users.ListAsync(after, limit, token));
        var cursor = page.Count == limit ? ListCursor.Write(0, page[^1].User.Name) : null;
        return Answer.Json(new UserList([.. page.Select(user => UserOrders.View(user))], cursor, true, []), ApiJson.Default.UserList);
    }

    private static async Task<JsonHttpResult<UserView>> GetAsync(string name, HttpContext http, IUsers users, IBudgets budgets)
    {
        _ = new QueryReader(http);
        var user = await FindAsync(Parse(http, "name", name, 1), http, users);
        var names = UserBudgets.DailyNamesOf(user.User.Name);
        var used = await budgets.ReadUsedAsync(names, http.RequestAborted);
        return Show(http, user, used: new UserUse(used.GetValueOrDefault(names[0]), used.GetValueOrDefault(names[1])));
    }

    private static async Task<JsonHttpResult<UserView>> ResetLimitsAsync(string name, HttpContext http, IUsers users, IBudgets budgets)
    {
        _ = new QueryReader(http);
        var user = Parse(http, "name", name, 2);
        await FindAsync(user, http, users);
        await budgets.ResetAsync(UserBudgets.NamesOf(user), http.RequestAborted);
        // Nodes that remember a refusal ask again after a change of the user.
        var stored = await ChangeAsync(http, users, user, former => former?.User ?? throw NoUser(user));
        return Show(http, stored, used: new UserUse(0, 0));
    }

    private static async Task<JsonHttpResult<UserView>> PutAsync(string name, HttpContext http, IUsers users)
    {
        _ = new QueryReader(http);
        var user = Parse(http, "name", name, 1);
        var condition = UserCondition.Read(http.Request.Headers);
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.UserBody);
        var isNew = false;
        var stored = await ChangeAsync(http, users, user, former =>
        {
            condition.Check(user, former);
            isNew = former is null;
            return UserOrders.Read(body, user, former?.User);
        });
        if (isNew) http.Response.Headers.Location = $"/api/v1/users/{Uri.EscapeDataString(user)}";
        return Show(http, stored, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<JsonHttpResult<UserDeletion>> DeleteAsync(string name, HttpContext http, IUsers users)
    {
        _ = new QueryReader(http);
        var user = Parse(http, "name", name, 1);
        var condition = UserCondition.Read(http.Request.Headers);
        // Another request may change the user between the check and the deletion, which then holds for the changed user.
        if (condition.MustExist || condition.MustBeNew)
            condition.Check(user, await InTimeAsync(http, token => users.FindAsync(user, token)));
        return await InTimeAsync(http, token => users.DeleteAsync(user, token))
            ? Answer.Json(new UserDeletion(user), ApiJson.Default.UserDeletion) : throw NoUser(user);
    }

    private static async Task<JsonHttpResult<NewAppPassword>> PutPasswordAsync(
        string name, string app, HttpContext http, IUsers users, TimeProvider time)
    {
        _ = new QueryReader(http);
        var (user, application, password) = (Parse(http, "name", name, 3), Parse(http, "app", app, 1), GeneratedPassword.Create());
        var condition = UserCondition.Read(http.Request.Headers);
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.AppPasswordBody);
        DateTimeOffset? expires = null;
        await ChangeAsync(http, users, user, former =>
        {
            condition.Check(user, former);
            if (former is null) throw NoUser(user);
            expires = UserOrders.ReadExpires(body.Expires, time.GetUtcNow());
            return UserOrders.With(former.User, application, password, expires);
        });
        http.Response.Headers.CacheControl = "no-store";
        return Answer.Json(new NewAppPassword(user, application, password, expires), ApiJson.Default.NewAppPassword);
    }

    private static async Task<JsonHttpResult<UserView>> DeletePasswordAsync(string name, string app, HttpContext http, IUsers users)
    {
        _ = new QueryReader(http);
        var (user, application) = (Parse(http, "name", name, 3), Parse(http, "app", app, 1));
        var condition = UserCondition.Read(http.Request.Headers);
        return Show(http, await ChangeAsync(http, users, user, former =>
        {
            condition.Check(user, former);
            if (former is null) throw NoUser(user);
            if (former.User.ApplicationPasswords.All(password => password.Name != application))
                throw new ProblemException(ProblemKind.UnknownUser, $"user '{user}' has no application password '{application}'");
            return former.User with
            {
                ApplicationPasswords = [.. former.User.ApplicationPasswords.Where(password => password.Name != application)],
            };
        }));
    }

    private static async Task<StoredUser> ChangeAsync(HttpContext http, IUsers users, string name, Func<StoredUser?, MailUser> change)
    {
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                var former = await InTimeAsync(http, token => users.FindAsync(name, token));
                var next = change(former);
                if (await InTimeAsync(http, token => users.PutAsync(next, former?.Change ?? 0, token)) is { } stored) return stored;
            }
        }
        catch (UserFormatException e)
        {
            throw JsonBody.Wrong(e.Message);
        }

        throw new ProblemException(ProblemKind.UserChanged, $"user '{name}' is being changed by other requests; try again");
    }

    private static Task<T> InTimeAsync<T>(HttpContext http, Func<CancellationToken, Task<T>> call) =>
        StorageTime.RunAsync(http, token => new ValueTask<T>(call(token)));

    private static async Task<StoredUser> FindAsync(string name, HttpContext http, IUsers users) =>
        await InTimeAsync(http, token => users.FindAsync(name, token)) ?? throw NoUser(name);

    private static JsonHttpResult<UserView> Show(
        HttpContext http, StoredUser stored, int status = StatusCodes.Status200OK, UserUse? used = null)
    {
        http.Response.Headers.ETag = UserCondition.Tag(stored.Change);
        return Answer.Json(UserOrders.View(stored, used), ApiJson.Default.UserView, status);
    }

    private static string Parse(HttpContext http, string parameter, string routed, int fromEnd)
    {
        var given = PathText.Read(http, parameter, routed, fromEnd);
        return UserName.TryNormalize(given, out var name) ? name : throw QueryReader.Wrong(parameter, given, UserValues.NameForm);
    }

    private static ProblemException NoUser(string name) => new(ProblemKind.UnknownUser, $"no user '{name}'");
}
