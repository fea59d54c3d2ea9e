using System.CommandLine;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>completion</c>: prints a script with which a shell completes verbs and options by asking the program.</summary>
internal static class CompletionVerb
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _postfleet() {
                local line=${COMP_LINE:0:COMP_POINT} word start each quoted
                word=${line##* }
                # For the shell a colon begins a new word.
                start=${word%"${word##*[:=]}"}
                [[ $COMP_WORDBREAKS == *:* ]] || start=
                COMPREPLY=()
                while IFS= read -r each; do
                    [[ $each == "$word"* ]] || continue
                    printf -v quoted %q "${each#"$start"}"
                    COMPREPLY+=("$quoted")
                done < <("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
            }
            complete -o default -F _postfleet postfleet

            """,
        ["zsh"] = """
            #compdef postfleet
            _postfleet() {
                local -a suggestions
                suggestions=("${(@f)$(postfleet "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                compadd -a suggestions
            }
            compdef _postfleet postfleet

            """,
        ["fish"] = """
            complete -c postfleet -f -a '(postfleet "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'

            """,
    };

    public static Command Create(VerbFrame frame)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        shell.Validators.Add(result =>
        {
            var text = result.Tokens[^1].Value;
            if (!Scripts.ContainsKey(text)) result.AddError($"SHELL is '{text}'; allowed: {string.Join(", ", Scripts.Keys)}");
        });
        var verb = new Command("completion", "Print a script that makes a shell complete verbs and options.") { shell };
        verb.SetAction(parsed => frame.PrintAsync(Scripts[parsed.GetValue(shell)!]));
        return verb;
    }
}
