using System.CommandLine;
using System.Text.Json.Nodes;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>user</c>, whose verbs manage the users who send with a password.</summary>
internal static class UserVerbs
{
    private static readonly Column[] Columns =
    [
        Column.Text("Name", "name"), Column.Text("Disabled", "disabled"), Column.Text("Password", "hasPassword"),
        new("App passwords", (row, _) => $"{row.List("appPasswords").Count}", IsNumber: true), Column.Text("Addresses", "addresses"),
        Column.Text("Streams", "streams"), Column.Text("Max rate", "maxRate"), Column.Text("Max recipients", "maxRecipients"),
        Column.Text("Max new", "maxNewRecipients"), Column.Time("Changed", "changedAt"),
    ];

    public static Command Create(VerbFrame frame) => new("user", "Manage the users who send with a password.")
    {
        Add(frame), List(frame), Show(frame), Set(frame), Password(frame),
        Switch(frame, "disable", "Let a user neither log in nor send, in open sessions too.", isDisabled: true),
        Switch(frame, "enable", "Let a disabled user log in and send again.", isDisabled: false), ResetLimits(frame), Delete(frame),
        AppPassword(frame),
    };

    private static Command Add(VerbFrame frame)
    {
        var (name, options, passwords) = (new Argument<string>("NAME") { Description = "The name, such as an address" }, new UserOptions(),
            new PasswordOptions());
        return frame.Verb(
            "add", "Create a user.", [name, .. options.Symbols(clears: false), .. passwords.Symbols(isNew: true)],
            async (session, token) =>
            {
                var body = new JsonObject();
                options.Apply(session.Parsed, body);
                var shown = await passwords.ApplyAsync(session, body, token);
                var answer = await session.Api.SendAsync(
                    HttpMethod.Put, Path(session, name), body.ToJsonString(), token, ("If-None-Match", "*"));
                return Done(session, answer, "added", shown);
            });
    }

    private static Command List(VerbFrame frame)
    {
        var (limit, cursor) = (VerbFrame.Limit(), VerbFrame.Cursor());
        return frame.Verb("list", "List users by their names.", [limit, cursor], (session, token) => session.ShowAsync(
            ApiQuery.Path("users", ("limit", session.Parsed.GetValue(limit)), ("cursor", session.Parsed.GetValue(cursor))),
            answer =>
            {
                var users = answer.Root.List("users");
                if (users.Count > 0) session.Screen.Table(Columns, users);
                else session.Screen.Line("no users");
                session.Complete(answer);
            },
            token));
    }

    private static Command Show(VerbFrame frame)
    {
        var name = Name(frame);
        return frame.Verb("show", "Show a user, without secrets.", [name], (session, token) =>
            session.ShowAsync(Path(session, name), answer => session.Screen.Details(answer.Root), token));
    }

    private static Command Set(VerbFrame frame)
    {
        var (name, options) = (Name(frame), new UserOptions());
        return frame.Verb(
            "set", "Change what a user may do; what is not given stays.", [name, .. options.Symbols(clears: true)],
            (session, token) => ChangeAsync(
                session, name, "changed",
                body => options.Apply(session.Parsed, body) ? Task.FromResult<string?>(null)
                    : throw new VerbException(ExitCode.WrongUse, "nothing is to change; allowed: an option such as --address"),
                token));
    }

    private static Command Password(VerbFrame frame)
    {
        var (name, passwords) = (Name(frame), new PasswordOptions());
        return frame.Verb(
            "password", "Set the password of a user.", [name, .. passwords.Symbols(isNew: false)],
            (session, token) => ChangeAsync(
                session, name, "has a new password", body => passwords.ApplyAsync(session, body, token), token));
    }

    private static Command Switch(VerbFrame frame, string verb, string description, bool isDisabled)
    {
        var name = Name(frame);
        return frame.Verb(verb, description, [name], (session, token) => ChangeAsync(
            session, name, isDisabled ? "disabled" : "enabled",
            body =>
            {
                body["disabled"] = isDisabled;
                return Task.FromResult<string?>(null);
            },
            token));
    }

    private static Command ResetLimits(VerbFrame frame)
    {
        var name = Name(frame);
        return frame.Verb("reset-limits", "Count anew what a user has sent today.", [name], async (session, token) =>
        {
            var answer = await session.Api.SendAsync(HttpMethod.Post, $"{Path(session, name)}/reset-limits", null, token);
            return Done(session, answer, "counts anew", null);
        });
    }

    private static Command Delete(VerbFrame frame)
    {
        var name = Name(frame);
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        return frame.Verb("delete", "Delete a user.", [name, yes], async (session, token) =>
        {
            var user = session.Parsed.GetValue(name)!;
            if (!session.Parsed.GetValue(yes) && !await session.ConfirmAsync("user delete", $"delete user {Clean.Text(user)}?", token))
                throw new VerbException(ExitCode.Failed, "nothing was done");
            return Done(session, await session.Api.SendAsync(HttpMethod.Delete, Path(session, name), null, token), "deleted", null);
        });
    }

    private static Command AppPassword(VerbFrame frame)
    {
        var (name, app) = (Name(frame), new Argument<string>("APP") { Description = "The name of the application or device" });
        var expires =
            new Option<string?>("--expires") { HelpName = "TIME", Description = "When it ends: a duration such as 90d, or a time" };
        var add = frame.Verb(
            "add", "Make a random password for an application, and print it.", [name, app, expires],
            async (session, token) =>
            {
                var body = new JsonObject();
                if (session.Parsed.GetValue(expires) is { } text)
                    body["expires"] = TimeOption.Read("--expires", text, isPast: false, session.Surroundings.Time);
                var answer = await session.Api.SendAsync(HttpMethod.Put, Path(session, name, app), body.ToJsonString(), token);
                if (session.IsJson) session.Write(answer);
                else session.Screen.Details(answer.Root);
                return ExitCode.Done;
            });
        var (user, ended) = (Name(frame), new Argument<string>("APP") { Description = "The name of the application password" });
        var delete = frame.Verb("delete", "Delete an application password.", [user, ended], async (session, token) =>
        {
            var answer = await session.Api.SendAsync(HttpMethod.Delete, Path(session, user, ended), null, token);
            return Done(session, answer, $"has no application password {Clean.Text(session.Parsed.GetValue(ended)!)} any more", null);
        });
        return new Command("app-password", "Manage passwords for single applications and devices.") { add, delete };
    }

    // The condition keeps the change of somebody else.
    private static async Task<int> ChangeAsync(
        Session session, Argument<string> name, string outcome, Func<JsonObject, Task<string?>> change, CancellationToken cancellationToken)
    {
        var path = Path(session, name);
        var user = await session.Api.GetAsync(path, cancellationToken);
        var body = UserOptions.Unchanged(user.Root);
        var shown = await change(body);
        var answer = await session.Api.SendAsync(
            HttpMethod.Put, path, body.ToJsonString(), cancellationToken, ("If-Match", $"\"{user.Root.Number("change")}\""));
        return Done(session, answer, outcome, shown);
    }

    private static int Done(Session session, ApiAnswer answer, string outcome, string? password)
    {
        if (!session.IsJson)
        {
            session.Screen.Line($"user {answer.Root.Get("name").Words()} {outcome}");
            if (password is not null) session.Screen.Line($"password: {password}");
        }
        else if (password is null)
        {
            session.Write(answer);
        }
        else
        {
            // The password is known here alone.
            var shown = JsonNode.Parse(answer.Text)!.AsObject();
            shown["password"] = password;
            session.Write(answer with { Text = shown.ToJsonString() });
        }

        return ExitCode.Done;
    }

    private static string Path(Session session, Argument<string> name, Argument<string>? app = null) =>
        $"users/{Segment(session, name)}" + (app is null ? "" : $"/passwords/{Segment(session, app)}");

    // A server shows a slash of a path escaped.
    private static string Segment(Session session, Argument<string> argument)
    {
        var text = session.Parsed.GetValue(argument)!;
        return text.Contains('/', StringComparison.Ordinal)
            ? throw new VerbException(ExitCode.WrongUse, $"{argument.Name} is '{Clean.Text(text)}'; allowed: a name without slashes")
            : ApiQuery.Segment(argument.Name, text);
    }

    private static Argument<string> Name(VerbFrame frame)
    {
        var name = new Argument<string>("NAME") { HelpName = "NAME", Description = "The name of the user" };
        name.CompletionSources.Add(new LiveNames(frame).Users);
        return name;
    }
}
