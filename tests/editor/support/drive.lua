-- Asks the server through Neovim what a hand would see, and prints it.
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 5000) or {}
  for _, answer in pairs(answers) do return answer.result end
end
local function say(what, text) io.stdout:write(what .. ': ' .. tostring(text):gsub('\n', ' ') .. '\n') end

vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 50)
say('diagnostic', (vim.diagnostic.get(0)[1] or {}).message)
vim.fn.cursor(vim.fn.search('sma(close, fast)'), 1)
vim.fn.search('quick', 'c')
say('hover', ask('textDocument/hover', vim.lsp.util.make_position_params()).contents.value)
vim.fn.search('sma(clo', 'ce')
vim.fn.cursor(vim.fn.line('.'), vim.fn.col('.') + 1)
local list = ask('textDocument/completion', vim.lsp.util.make_position_params())
local labels = {}
for _, item in ipairs(list.items or list) do table.insert(labels, item.label) end
say('completion', table.concat(labels, ' '))
vim.cmd('%s/trnd/trend/')
for _ = 1, 40 do
  vim.wait(500)
  local lenses = ask('textDocument/codeLens', { textDocument = vim.lsp.util.make_text_document_params() }) or {}
  local title = lenses[1] and lenses[1].command and lenses[1].command.title or ''
  if title:match('Sharpe') and not title:match('…') then
    say('lens', title)
    break
  end
end
vim.cmd('qa!')
